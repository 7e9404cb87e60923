namespace Grains.Gateway.Connections;

/// <summary>
/// What the read loop hands its bytes to. For protocols of whole messages this is <see cref="MessagePump"/>; the session of a protocol
/// that reads the byte stream itself implements it beside <see cref="Protocols.IProtocolSession"/>.
/// </summary>
public interface IByteConsumer
{
    /// <summary>Takes what is whole from the front of <paramref name="unread"/>, which may be changed in place and is gone when this
    /// returns.</summary>
    /// <param name="unread">Every byte that has come and was not consumed.</param>
    /// <param name="consumed">How many bytes were taken.</param>
    /// <param name="needed">For <see cref="ConsumeOutcome.NeedMore"/>: how many bytes the next message takes, as far as is known.</param>
    ConsumeOutcome Consume(Span<byte> unread, out int consumed, out int needed);
}
