using System.Buffers;
using System.Text;
using Grains.Benchmarks.Load;
using Grains.Benchmarks.Wire;
using Grains.Gateway.Transports;
using ServerFraming = Grains.Gateway.Transports.WebSockets.WebSocketFraming;

namespace Grains.Tests.Benchmarks;

/// <summary>What the benchmark program counts as a reply, and what it refuses to count.</summary>
public sealed class ReplyScannerTests
{
    [Theory]
    [InlineData("$3\r\nabc\r\n$0\r\n\r\n$5\r\n\r\n$1\n\r\n", (int)RespReply.Bulk)]
    [InlineData("+OK\r\n+PONG\r\n+\r\n", (int)RespReply.Simple)]
    [InlineData(":1\r\n:1\r\n:1\r\n", (int)RespReply.One)]
    public void Replies_of_Redis_are_counted_wherever_they_are_split(string replies, int expected) =>
        CountsThree(() => new RespScanner((RespReply)expected), Encoding.ASCII.GetBytes(replies));

    [Theory]
    [InlineData("$-1\r\n", (int)RespReply.Bulk)]
    [InlineData("-ERR no\r\n", (int)RespReply.Bulk)]
    [InlineData("-ERR no\r\n", (int)RespReply.Simple)]
    [InlineData(":0\r\n", (int)RespReply.One)]
    [InlineData(":11\r\n", (int)RespReply.One)]
    public void A_wrong_reply_of_Redis_is_no_reply(string reply, int expected) =>
        Assert.Throws<LoadException>(() => new RespScanner((RespReply)expected).Scan(Encoding.ASCII.GetBytes(reply), out _));

    [Fact]
    public void Messages_of_NATS_are_counted_wherever_they_are_split() => CountsThree(
        () => new NatsScanner(), "MSG t 1 3\r\nabc\r\nPING\r\nMSG t 1 reply.to 0\r\n\r\n+OK\r\nMSG t 1 6\r\nMSG\r\n \r\n"u8.ToArray());

    [Fact]
    public void A_ping_of_NATS_is_answered()
    {
        var scanner = new NatsScanner();
        Assert.Equal(0, scanner.Scan("PING\r\nPONG\r\n"u8, out _));
        Assert.Equal("PONG\r\n", Encoding.ASCII.GetString(scanner.Outgoing.WrittenSpan));
        Assert.Equal(1, scanner.Pongs);
    }

    [Fact]
    public void A_refusal_of_NATS_is_no_message() =>
        Assert.Throws<LoadException>(() => new NatsScanner().Scan("-ERR 'Slow Consumer'\r\n"u8, out _));

    [Fact]
    public void A_request_over_NATS_is_answered_to_its_inbox()
    {
        var scanner = new NatsAnswers("ok"u8.ToArray());
        Assert.Equal(2, scanner.Scan("MSG f 1 _INBOX.a.1 3\r\nabc\r\nMSG f 1 _INBOX.b.2 0\r\n\r\n"u8, out _));
        Assert.Equal("PUB _INBOX.a.1 2\r\nok\r\nPUB _INBOX.b.2 2\r\nok\r\n", Encoding.ASCII.GetString(scanner.Outgoing.WrittenSpan));
    }

    [Fact]
    public void Native_messages_over_TCP_are_counted_wherever_they_are_split() =>
        CountsThree(() => Expected<TcpFraming>(), [.. Reply(false, "hit"), .. Reply(false, "hit"), .. Reply(false, "hit")]);

    [Fact]
    public void Native_messages_over_WebSocket_are_counted_wherever_they_are_split() =>
        CountsThree(() => Expected<WebSocketFraming>(), [.. Reply(true, "hit"), .. Reply(true, "hit"), 0x89, 0, 0x8A, 1, 7, .. Reply(true, "hit")]);

    [Theory]
    [InlineData("{\"role\":\"cache-response\",\"u\":\"1\",\"status\":\"miss\"}")]
    [InlineData("{\"role\":\"rpc-response\",\"status\":\"hit\"}")]
    public void A_wrong_native_message_is_no_reply(string message) =>
        Assert.Throws<LoadException>(() => Expected<TcpFraming>().Scan(Framed<TcpFraming>(Encoding.UTF8.GetBytes(message)), out _));

    [Fact]
    public void A_wrong_native_message_is_found_among_many_right_ones()
    {
        var scanner = Expected<TcpFraming>();
        for (var i = 0; i < 2_000; i++)
            scanner.Scan(Reply(false, "hit"), out _);
        Assert.Throws<LoadException>(() =>
        {
            for (var i = 0; i < 16; i++)
                scanner.Scan(Reply(false, "conflict"), out _);
        });
    }

    [Fact]
    public void A_WebSocket_that_the_server_closes_is_a_fault() =>
        Assert.Throws<LoadException>(() => Expected<WebSocketFraming>().Scan([0x88, 0], out _));

    [Fact]
    public void An_invocation_is_answered_with_its_id()
    {
        var scanner = new InvocationAnswers<TcpFraming>("\"ok\""u8.ToArray());
        scanner.Scan(Framed<TcpFraming>("{\"role\":\"rpc-invoke\",\"u\":\"c-81\",\"fun\":\"f\"}"u8), out _);
        Assert.Equal(Framed<TcpFraming>("{\"role\":\"rpc-result\",\"u\":\"c-81\",\"result\":\"ok\"}"u8), scanner.Outgoing.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void The_server_reads_what_the_driver_writes_and_the_driver_what_the_server_writes(int length)
    {
        var message = Enumerable.Range(0, length).Select(i => (byte)('a' + (i % 26))).ToArray();
        var server = new ServerFraming(1 << 20);
        var read = server.Read(Framed<WebSocketFraming>(message));
        Assert.Equal(FrameKind.Message, read.Kind);
        Assert.Equal(message, read.Payload.ToArray());

        var frame = ServerFrame(server, message);
        Assert.True(WebSocketFraming.TryRead(frame, out var found));
        Assert.Equal(FrameAtKind.Message, found.Kind);
        Assert.Equal(frame.Length, found.WholeBytes);
        Assert.Equal(message, frame[found.Start..]);
    }

    private static ExpectedMessages<TFraming> Expected<TFraming>()
        where TFraming : struct, IFraming => new("{\"role\":\"cache-response\","u8.ToArray(), "\"status\":\"hit\""u8.ToArray());

    private static byte[] Reply(bool webSocket, string status)
    {
        var message = Encoding.UTF8.GetBytes($$"""{"role":"cache-response","u":"1","status":"{{status}}"}""");
        return webSocket ? ServerFrame(new ServerFraming(1 << 20), message) : Framed<TcpFraming>(message);
    }

    private static byte[] Framed<TFraming>(ReadOnlySpan<byte> message)
        where TFraming : struct, IFraming
    {
        var frame = new ArrayBufferWriter<byte>();
        TFraming.Write(frame, message);
        return frame.WrittenSpan.ToArray();
    }

    private static byte[] ServerFrame(ServerFraming server, byte[] message)
    {
        var frame = new byte[server.HeaderBytes(message.Length) + message.Length];
        server.WriteHeader(frame, message.Length);
        message.CopyTo(frame, frame.Length - message.Length);
        return frame;
    }

    /// <summary>Gives the bytes in two parts, split everywhere, keeping what the first leaves over.</summary>
    private static void CountsThree(Func<ReplyScanner> make, byte[] bytes)
    {
        for (var split = 0; split <= bytes.Length; split++)
        {
            var scanner = make();
            var count = scanner.Scan(bytes.AsSpan(0, split), out var consumed);
            Assert.InRange(consumed, 0, split);
            count += scanner.Scan(bytes.AsSpan(consumed), out var rest);
            Assert.Equal(3, count);
            Assert.Equal(bytes.Length, consumed + rest);
        }
    }
}
