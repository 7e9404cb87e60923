using Grains.Gateway.Protocols;
using Grains.Gateway.Transports;

namespace Grains.Gateway.Connections;

/// <summary>
/// Between the framing and the session of a protocol of whole messages: parses each frame in the read buffer and runs it; one loop
/// for a whole burst. Pings are answered here, so protocols never see them.
/// </summary>
internal sealed class MessagePump(Connection connection, IMessageFraming framing, IMessageSession session, OutputBuffer output) : IByteConsumer
{
    public ConsumeOutcome Consume(Span<byte> unread, out int consumed, out int needed)
    {
        consumed = 0;
        while (true)
        {
            var frame = framing.Read(unread[consumed..]);
            needed = frame.Needed;
            switch (frame.Kind)
            {
                case FrameKind.NeedMore:
                    return ConsumeOutcome.NeedMore;
                case FrameKind.Message:
                    var outcome = session.OnMessage(frame.Payload);
                    consumed += frame.Consumed;
                    if (outcome == MessageOutcome.Close)
                        return ConsumeOutcome.Close;
                    if (outcome == MessageOutcome.Pause || output.IsFull)
                        return ConsumeOutcome.Pause;
                    continue;
                case FrameKind.Ping:
                    output.Control(FrameKind.Pong, 0, frame.Payload);
                    consumed += frame.Consumed;
                    // Pings are cheap to send and are answered: without this they could fill the output without end.
                    if (output.IsFull)
                        return ConsumeOutcome.Pause;
                    continue;
                case FrameKind.Piece or FrameKind.Pong:
                    consumed += frame.Consumed;
                    continue;
                case FrameKind.Close:
                    connection.PeerCloses(frame.Code);
                    return ConsumeOutcome.Close;
                default:
                    connection.PeerBreaksRules(new CloseReason(frame.Code, frame.Error ?? ""));
                    return ConsumeOutcome.Close;
            }
        }
    }
}
