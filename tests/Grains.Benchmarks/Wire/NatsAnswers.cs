using System.Buffers;

namespace Grains.Benchmarks.Wire;

/// <summary>A service on NATS: answers each message that has a reply subject with one payload.</summary>
/// <param name="payload">The answer.</param>
internal sealed class NatsAnswers(byte[] payload) : NatsScanner
{
    private readonly byte[] _tail = [.. System.Text.Encoding.ASCII.GetBytes($" {payload.Length}\r\n"), .. payload, .. "\r\n"u8];

    // MSG subject sid reply-to bytes
    protected override void OnMessage(ReadOnlySpan<byte> line)
    {
        line = line[..line.LastIndexOf((byte)' ')];
        Outgoing.Write("PUB "u8);
        Outgoing.Write(line[(line.LastIndexOf((byte)' ') + 1)..]);
        Outgoing.Write(_tail);
    }
}
