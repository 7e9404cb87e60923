using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>Messages in frames: pings are answered, a close is a fault, each message counts.</summary>
internal abstract class MessageScanner<TFraming> : ReplyScanner
    where TFraming : struct, IFraming
{
    public sealed override int Scan(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var count = 0;
        consumed = 0;
        while (TFraming.TryRead(bytes[consumed..], out var frame))
        {
            var payload = bytes.Slice(consumed + frame.Start, frame.Length);
            consumed += frame.WholeBytes;
            if (frame.Kind == FrameAtKind.Message)
            {
                OnMessage(payload);
                count++;
            }
            else
            {
                OnControl(frame.Kind, payload);
            }
        }

        return count;
    }

    protected abstract void OnMessage(ReadOnlySpan<byte> message);

    protected static LoadException Wrong(ReadOnlySpan<byte> message) => new($"The server sent {Encoding.UTF8.GetString(message)}");

    private void OnControl(FrameAtKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind == FrameAtKind.Close)
            throw new LoadException($"The server closed the WebSocket: {Encoding.UTF8.GetString(payload.Length > 2 ? payload[2..] : payload)}");
        if (kind == FrameAtKind.Ping)
            TFraming.WritePong(Outgoing, payload);
    }
}
