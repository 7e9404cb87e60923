namespace Grains.Orleans.Sessions;

/// <summary>A call that a session's client makes, until the client has its answer.</summary>
internal sealed class SessionCall
{
    /// <summary>Its items were not read in time.</summary>
    public volatile bool IsCut;
}
