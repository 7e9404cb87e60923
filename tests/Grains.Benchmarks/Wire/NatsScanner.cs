using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>
/// What nats-server sends; each message counts.
/// <code>
/// message = "MSG" subject sid [reply-to] bytes CRLF payload CRLF
/// other   = "PING" CRLF | "PONG" CRLF | "+OK" CRLF | "-ERR" text CRLF | "INFO" json CRLF
/// </code>
/// </summary>
internal class NatsScanner : ReplyScanner
{
    /// <summary>PONGs that have come: the server has handled everything sent before their PINGs.</summary>
    public int Pongs { get; private set; }

    public override int Scan(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var count = 0;
        consumed = 0;
        while (true)
        {
            var rest = bytes[consumed..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
                return count;
            if (rest[0] != 'M')
            {
                Control(rest[..(end - 1)]);
                consumed += end + 1;
                continue;
            }

            var line = rest[..(end - 1)];
            var payloadBytes = PayloadBytes(line);
            if (rest.Length < end + 1 + payloadBytes + 2)
                return count;
            OnMessage(line);
            consumed += end + 1 + payloadBytes + 2;
            count++;
        }
    }

    protected virtual void OnMessage(ReadOnlySpan<byte> line)
    {
    }

    private static int PayloadBytes(ReadOnlySpan<byte> line) => Utf8Parser.TryParse(line[(line.LastIndexOf((byte)' ') + 1)..], out int count, out _)
        ? count
        : throw new LoadException($"NATS sent {Encoding.UTF8.GetString(line)}.");

    private void Control(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("PING"u8))
            Outgoing.Write("PONG\r\n"u8);
        else if (line.SequenceEqual("PONG"u8))
            Pongs++;
        else if (!line.SequenceEqual("+OK"u8) && !line.StartsWith("INFO "u8))
            throw new LoadException($"NATS sent {Encoding.UTF8.GetString(line)}.");
    }
}
