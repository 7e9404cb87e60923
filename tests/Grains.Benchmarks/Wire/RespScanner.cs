using System.Buffers.Text;
using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>
/// Replies of Redis.
/// <code>
/// reply = "+" text CRLF | ":" number CRLF | "-" error CRLF | "$" length CRLF bytes CRLF | "$-1" CRLF
/// </code>
/// </summary>
internal sealed class RespScanner(RespReply expected) : ReplyScanner
{
    public override int Scan(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var count = 0;
        consumed = 0;
        while (TryRead(bytes[consumed..], out var length))
        {
            consumed += length;
            count++;
        }

        return count;
    }

    private bool TryRead(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0)
            return false;
        var line = bytes[..(end - 1)];
        switch (line[0])
        {
            case (byte)'$' when expected == RespReply.Bulk && Utf8Parser.TryParse(line[1..], out int bulk, out _) && bulk >= 0:
                length = end + 1 + bulk + 2;
                return bytes.Length >= length;
            case (byte)'+' when expected == RespReply.Simple:
            case (byte)':' when expected == RespReply.One && line.SequenceEqual(":1"u8):
                length = end + 1;
                return true;
            default:
                throw new LoadException($"Redis answered {Encoding.UTF8.GetString(line)}.");
        }
    }
}
