using Grains.Gateway.Connections;
using Grains.Gateway.Transports;
using Grains.Gateway.Transports.Tcp;

namespace Grains.Tests.Gateway;

public sealed class LengthPrefixFramingTests
{
    private const int Max = 64;

    private static readonly byte[] Mixed =
    [
        .. Frames.Prefixed("""{"a":1}"""),
        .. Frames.Prefixed("PING"),
        .. Frames.StreamMarker, .. Frames.Chunk("""{"b":""", 1), .. Frames.Chunk("", 1), .. Frames.Chunk("2}", 2),
        .. Frames.StreamMarker, .. Frames.Chunk("forgotten", 1), .. Frames.Chunk("", 4),
        .. Frames.Prefixed(""),
        .. Frames.StreamMarker, .. Frames.Chunk("""{"c":3}""", 1), .. Frames.Chunk("", 2),
        .. Frames.Prefixed("last"),
    ];

    private static readonly string[] MixedMessages = ["""Message {"a":1}""", "Ping PING", """Message {"b":2}""", "Message", """Message {"c":3}""", "Message last"];

    [Fact]
    public void Frames_and_streams_are_read_whole() =>
        Assert.Equal(MixedMessages, Frames.ReadAll(new LengthPrefixFraming(Max), Mixed));

    [Fact]
    public void Frames_and_streams_are_read_split_at_every_byte()
    {
        for (var at = 0; at <= Mixed.Length; at++)
            Assert.Equal(MixedMessages, Frames.ReadAll(new LengthPrefixFraming(Max), Frames.SplitAt(Mixed, at)));
    }

    [Fact]
    public void Frames_and_streams_are_read_byte_by_byte() =>
        Assert.Equal(MixedMessages, Frames.ReadAll(new LengthPrefixFraming(Max), Frames.ByteByByte(Mixed)));

    [Fact]
    public void Every_prefix_gives_the_messages_that_are_whole_and_no_error()
    {
        for (var length = 0; length < Mixed.Length; length++)
        {
            var seen = Frames.ReadAll(new LengthPrefixFraming(Max), Mixed[..length]);
            Assert.Equal(MixedMessages[..seen.Count], seen);
        }
    }

    [Fact]
    public void A_message_at_the_limit_is_read_and_one_past_it_is_refused_by_its_length_alone()
    {
        Assert.StartsWith("Message", Frames.ReadAll(new LengthPrefixFraming(Max), Frames.Prefixed(new byte[Max])).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(new LengthPrefixFraming(Max), [0, 0, 0, Max + 1]).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(new LengthPrefixFraming(Max), [0x7F, 0xFF, 0xFF, 0xFF]).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(new LengthPrefixFraming(Max), [0xFF, 0xFF, 0xFF, 0xFE]).Single());
    }

    [Fact]
    public void A_stream_may_be_as_long_as_a_frame_and_no_longer()
    {
        var full = new string('x', Max);
        Assert.Equal("Message " + full, Frames.ReadAll(new LengthPrefixFraming(Max), [.. Frames.StreamMarker, .. Frames.Chunk(full[1..], 1), .. Frames.Chunk("x", 2)]).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(new LengthPrefixFraming(Max), [.. Frames.StreamMarker, .. Frames.Chunk(full, 1), 0, 0, 0, 1, 0, 0, 0, 2]).Single());
        Assert.Equal("Malformed 1009", Frames.ReadAll(new LengthPrefixFraming(Max), [.. Frames.StreamMarker, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1]).Single());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    public void A_chunk_with_other_flags_is_malformed(byte flags) =>
        Assert.Equal("Malformed 1002", Frames.ReadAll(new LengthPrefixFraming(Max), [.. Frames.StreamMarker, 0, 0, 0, 1, 0, 0, 0, flags]).Single());

    [Fact]
    public void A_ping_is_answered_by_a_pong_frame()
    {
        var writer = new MessageWriter();
        new LengthPrefixFraming(Max).WriteControl(writer, FrameKind.Pong, 0, "PING"u8);
        Assert.Equal(Frames.Prefixed("PONG"), writer.Written.ToArray());
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(7);
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            if (bytes.Length > 4 && round % 2 == 0)
                Frames.StreamMarker.CopyTo(bytes, 0);
            Frames.ReadAll(new LengthPrefixFraming(Max), Frames.ByteByByte(bytes));
        }
    }
}
