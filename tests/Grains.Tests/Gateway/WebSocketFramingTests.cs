using Grains.Gateway.Connections;
using Grains.Gateway.Transports;
using Grains.Gateway.Transports.WebSockets;

namespace Grains.Tests.Gateway;

public sealed class WebSocketFramingTests
{
    private const int Max = 70_000;
    private const int Continuation = 0;
    private const int Text = 1;
    private const int Binary = 2;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;

    private static readonly byte[] Mixed =
    [
        .. Frames.Text("hello"),
        .. Frames.WebSocket(Binary, Frames.Utf8("bytes")),
        .. Frames.WebSocket(Text, Frames.Utf8("fr\u00e4")[..3], final: false),
        .. Frames.WebSocket(Ping, Frames.Utf8("between")),
        .. Frames.WebSocket(Continuation, [], final: false),
        .. Frames.WebSocket(Pong, []),
        .. Frames.WebSocket(Continuation, [.. Frames.Utf8("fr\u00e4")[3..], .. Frames.Utf8("gment")]),
        .. Frames.Text(""),
        .. Frames.Text(new string('m', 200)),
        .. Frames.WebSocket(Close, [0x03, 0xE8, .. Frames.Utf8("bye")]),
    ];

    private static readonly string[] MixedFrames =
        ["Message hello", "Message bytes", "Ping between", "Pong", "Message fr\u00e4gment", "Message", "Message " + new string('m', 200), "Close 1000"];

    private static WebSocketFraming Framing => new(Max);

    [Fact]
    public void Frames_are_read_whole() => Assert.Equal(MixedFrames, Frames.ReadAll(Framing, Mixed));

    [Fact]
    public void Frames_are_read_split_at_every_byte()
    {
        for (var at = 0; at <= Mixed.Length; at++)
            Assert.Equal(MixedFrames, Frames.ReadAll(Framing, Frames.SplitAt(Mixed, at)));
    }

    [Fact]
    public void Frames_are_read_byte_by_byte() => Assert.Equal(MixedFrames, Frames.ReadAll(Framing, Frames.ByteByByte(Mixed)));

    [Fact]
    public void Every_prefix_gives_the_frames_that_are_whole_and_no_error()
    {
        for (var length = 0; length < Mixed.Length; length++)
        {
            var seen = Frames.ReadAll(Framing, Mixed[..length]);
            Assert.Equal(MixedFrames[..seen.Count], seen);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(Max)]
    public void Every_length_of_header_is_read_and_written(int length)
    {
        var text = new string('x', length);
        Assert.Equal(("Message " + text).TrimEnd(), Frames.ReadAll(Framing, Frames.Text(text)).Single());
        var header = new byte[Framing.HeaderBytes(length)];
        Framing.WriteHeader(header, length);
        Assert.Equal(Frames.WebSocket(Text, Frames.Utf8(text), masked: false)[..header.Length], header);
    }

    [Fact]
    public void Masks_of_every_alignment_and_length_are_taken_off()
    {
        for (var length = 0; length < 100; length++)
        {
            var payload = Enumerable.Range(0, length).Select(i => (byte)('0' + (i % 64))).ToArray();
            var frame = Frames.WebSocket(Text, payload);
            Assert.Equal(payload, Framing.Read(frame).Payload.ToArray());
        }
    }

    [Fact]
    public void A_message_past_the_limit_is_refused_by_its_header_alone()
    {
        Assert.Equal("Malformed 1009", Frames.ReadAll(Framing, Frames.Text(new string('x', Max + 1))[..14]).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(Framing, [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]).Single());
    }

    [Fact]
    public void Fragments_together_past_the_limit_are_refused() =>
        Assert.Equal("Malformed 1009", Frames.ReadAll(
            Framing, Frames.WebSocket(Text, new byte[Max], final: false), Frames.WebSocket(Continuation, [1])).Single());

    public static TheoryData<string, byte[], int> Broken => new()
    {
        { "unmasked", Frames.WebSocket(Text, [1], masked: false), 1002 },
        { "reserved bit", Frames.WebSocket(Text, [1], reserved: 0x40), 1002 },
        { "reserved data opcode", Frames.WebSocket(3, []), 1002 },
        { "reserved control opcode", Frames.WebSocket(11, []), 1002 },
        { "fragmented ping", Frames.WebSocket(Ping, [], final: false), 1002 },
        { "long ping", Frames.WebSocket(Ping, new byte[126]), 1002 },
        { "continuation of nothing", Frames.WebSocket(Continuation, [1]), 1002 },
        { "text within fragments", [.. Frames.WebSocket(Text, [65], final: false), .. Frames.Text("b")], 1002 },
        { "text that is not UTF-8", Frames.WebSocket(Text, [0xC0, 0xAF]), 1007 },
        { "binary that is not UTF-8", Frames.WebSocket(Binary, [0xFF]), 1007 },
        { "fragments that are not UTF-8 together", [.. Frames.WebSocket(Text, [0xC3], final: false), .. Frames.WebSocket(Continuation, [0x28])], 1007 },
        { "close of one byte", Frames.WebSocket(Close, [3]), 1002 },
        { "close with a code nobody may send", Frames.WebSocket(Close, [0x03, 0xED]), 1002 },
        { "close with reason that is not UTF-8", Frames.WebSocket(Close, [0x03, 0xE8, 0xFF]), 1007 },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Broken_frames_are_refused_with_the_code_of_the_standard(string what, byte[] bytes, int code)
    {
        Assert.True(Frames.ReadAll(Framing, bytes).Last() == $"Malformed {code}", what);
        Assert.True(Frames.ReadAll(Framing, Frames.ByteByByte(bytes)).Last() == $"Malformed {code}", what);
    }

    [Fact]
    public void A_close_without_a_code_is_read() => Assert.Equal("Close 0", Frames.ReadAll(Framing, Frames.WebSocket(Close, [])).Single());

    [Fact]
    public void A_protocol_of_bytes_may_send_any_bytes() =>
        Assert.StartsWith("Message", Frames.ReadAll(new WebSocketFraming(Max, textProtocol: false), Frames.WebSocket(Binary, [0xFF])).Single());

    [Fact]
    public void A_close_reason_is_cut_between_characters()
    {
        var writer = new MessageWriter();
        Framing.WriteControl(writer, FrameKind.Close, 1008, Frames.Utf8(new string('\u20ac', 60)));
        var frame = writer.Written.ToArray();
        Assert.Equal(0x88, frame[0]);
        Assert.Equal(frame.Length - 2, frame[1]);
        Assert.Equal(2 + 41 * 3, frame[1]);
        Assert.Equal([0x03, 0xF0], frame[2..4]);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            if (bytes.Length > 1 && round % 2 == 0)
                (bytes[0], bytes[1]) = ((byte)(bytes[0] & 0x8F), (byte)(bytes[1] | 0x80));
            Frames.ReadAll(Framing, Frames.ByteByByte(bytes));
        }
    }

    [Fact]
    public void The_handshake_answers_as_the_standard_shows() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.AcceptOf("dGhlIHNhbXBsZSBub25jZQ=="));
}
