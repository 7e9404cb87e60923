namespace Grains.Gateway.Protocols;

/// <summary>A session of a protocol of whole messages. It knows nothing of transports.</summary>
public interface IMessageSession : IProtocolSession
{
    /// <summary>Handles one message, in the order they came, one at a time.</summary>
    /// <param name="message">A slice of the read buffer: what is kept of it must be copied before this returns.</param>
    MessageOutcome OnMessage(ReadOnlySpan<byte> message);
}
