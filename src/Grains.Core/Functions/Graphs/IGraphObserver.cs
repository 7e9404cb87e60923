namespace Grains.Functions;

/// <summary>Told which call runs which command of a graph, so that its streamed items find their way: they come to the caller's
/// connection by call id.</summary>
public interface IGraphObserver
{
    /// <summary>Before the call begins.</summary>
    void Started(string command, string callId);

    /// <summary>After the call has ended; no item of it follows.</summary>
    void Ended(string callId);
}
