using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Grains.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Faults;

/// <summary>Malformed, truncated, oversized and deeply nested input over real sockets: a clear error or a clean close, and the server
/// goes on serving everybody else.</summary>
[Collection(nameof(Alone))]
public sealed class HostileInputTests : IAsyncLifetime
{
    private const int InternalError = 1402;
    private const int MessageBytesMax = 20 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ErrorLog _log = new();
    private TestServer _server = null!;
    private WireSession _bystander = null!;

    public static TheoryData<string> Transports => ["tcp", "ws"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(configure: b => b.Logging.AddProvider(_log));
        _bystander = new WireSession(await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token));
    }

    /// <summary>After every test: the connection of another client works, and nothing went wrong inside.</summary>
    public async ValueTask DisposeAsync()
    {
        var answer = await _bystander.RequestAsync("\"role\":\"rpc\",\"cmds\":[{\"name\":\"c\",\"fun\":\"echo\",\"args\":[1]}]", Token).WaitAsync(Patience, Token);
        Assert.Equal(1, answer.GetProperty("r").GetProperty("c").GetInt32());
        await _bystander.DisposeAsync();
        await _server.DisposeAsync();
        Assert.Equal("", string.Join('\n', _log.Errors));
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task What_is_not_JSON_gets_one_error_and_the_end(string transport)
    {
        foreach (var message in HostileMessages.NotJson)
        {
            await using var client = await ConnectAsync(transport);
            await client.SendAsync(message, Token);

            var answers = await ReadToEndAsync(client);

            Assert.True(answers is [] || (answers is [var answer] && CodeOf(answer) == 1002), $"{Show(message)} was answered {string.Join(' ', answers)}");
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_request_of_the_wrong_shape_is_answered_and_its_connection_goes_on(string transport)
    {
        foreach (var message in HostileMessages.WrongShape.Where(m => m[0] == '{'))
        {
            await using var client = await ConnectAsync(transport);
            await client.SendAsync(message, Token);
            var answer = await ReceiveAsync(client);
            AssertNoInternalError(message, answer);
            Assert.True(answer is not null, $"{Show(message)} was not answered");

            await client.SendAsync(HostileMessages.Sane, Token);

            var next = await ReceiveAsync(client);
            Assert.True(next is not null, $"{Show(message)} ended the connection after {answer}");
            Assert.Equal("é1", next.Value.GetProperty("u").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Hostile_messages_in_two_pieces_split_at_each_byte_end_as_they_do_whole(string transport)
    {
        var client = await ConnectAsync(transport);
        foreach (var message in HostileMessages.WrongShape.Concat(HostileMessages.NotJson).Append(HostileMessages.Sane).Where(m => m.Length is > 1 and < 400))
        {
            for (var split = 1; split < message.Length; split++)
            {
                await SendSplitAsync(client, message, split);
                var answer = await ReceiveAsync(client);
                AssertNoInternalError(message, answer);
                if (answer is null || CodeOf(answer.Value) == 1002)
                {
                    await client.DisposeAsync();
                    client = await ConnectAsync(transport);
                }
            }
        }

        await client.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_request_byte_by_byte_is_answered(string transport)
    {
        await using var proxy = new CuttingProxy(EndPointOf(transport), _ => new LinkPlan { ChunkBytesMax = 1 });
        await using IRawClient client = transport == "tcp"
            ? await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token)
            : await RawWsClient.ConnectAsync(new Uri($"ws://{proxy.EndPoint}/"), Token);

        await client.SendAsync(HostileMessages.Sane, Token);

        Assert.Equal("é1", (await ReceiveAsync(client))!.Value.GetProperty("u").GetString());
    }

    [Fact]
    public async Task A_frame_that_ends_early_at_any_byte_ends_the_connection_without_an_answer()
    {
        var frame = Frame(HostileMessages.Sane);
        for (var length = 0; length < frame.Length; length++)
        {
            await using var client = await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token);
            await client.SendBytesAsync(frame.AsMemory(0, length), Token);
            client.EndSending();

            Assert.Empty(await ReadToEndAsync(client));
        }
    }

    [Fact]
    public async Task An_upgrade_that_ends_early_at_any_byte_ends_the_connection()
    {
        byte[] upgrade = [.. "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"u8, 0x81, 0xFE, 0, 5, 1, 2];
        for (var length = 0; length < upgrade.Length; length++)
        {
            await using var client = await RawTcpClient.ConnectAsync(EndPointOf("ws"), cancellationToken: Token);
            await client.SendBytesAsync(upgrade.AsMemory(0, length), Token);
            client.EndSending();

            await client.ReadBytesToEndAsync(Token).WaitAsync(Patience, Token);
        }
    }

    [Theory]
    [InlineData(0x0140_0001u)]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(0x8000_0000u)]
    [InlineData(0xFFFF_FFFEu)]
    public async Task A_frame_that_says_it_is_too_long_closes_the_connection(uint length)
    {
        await using var client = await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token);
        await client.SendBytesAsync(UInt32(length), Token);

        Assert.Empty(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task A_stream_of_broken_chunks_closes_the_connection()
    {
        byte[][] chunks =
        [
            [.. UInt32(0x7FFF_FFFF), .. UInt32(1)], [.. UInt32(0xFFFF_FFFF), .. UInt32(1)], [.. UInt32(4), .. UInt32(0), 1, 2, 3, 4], [.. UInt32(4), .. UInt32(7), 1, 2, 3, 4],
            [.. UInt32(0), .. UInt32(0xFFFF_FFFF)], [.. UInt32(MessageBytesMax + 1), .. UInt32(2)],
        ];
        foreach (var chunk in chunks)
        {
            await using var client = await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token);
            await client.SendBytesAsync(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }.Concat(chunk).ToArray(), Token);
            client.EndSending();

            foreach (var answer in await ReadToEndAsync(client))
                AssertNoInternalError(chunk, answer);
        }
    }

    [Fact]
    public async Task A_WebSocket_message_that_is_too_long_is_closed_with_1009_however_it_is_cut()
    {
        await using var client = await RawWsClient.ConnectAsync(_server.Ws, Token);
        var piece = new byte[1024 * 1024];
        piece.AsSpan().Fill((byte)' ');
        var sending = SendUntilRefusedAsync(client, piece);

        Assert.Empty(await ReadToEndAsync(client));
        await sending;
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, client.CloseStatus);
    }

    [Theory]
    [InlineData("tcp", 65)]
    [InlineData("tcp", 1_000)]
    [InlineData("tcp", 1_000_000)]
    [InlineData("ws", 65)]
    [InlineData("ws", 1_000)]
    [InlineData("ws", 1_000_000)]
    public async Task JSON_that_is_nested_too_deep_is_refused_with_1306_and_the_end(string transport, int depth)
    {
        await using var client = await ConnectAsync(transport);
        await client.SendAsync(HostileMessages.Deep(depth), Token);

        Assert.Equal([1306], (await ReadToEndAsync(client)).Select(CodeOf));
    }

    [Fact]
    public async Task Connections_that_announce_much_and_send_little_take_little_memory()
    {
        const int connections = 200;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<RawTcpClient>();
        for (var i = 0; i < connections; i++)
        {
            var client = await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token);
            clients.Add(client);
            await client.SendAsync("{\"role\":\"hello\",\"u\":\"h\"}"u8.ToArray(), Token);
            await ReceiveAsync(client);
            await client.SendBytesAsync(UInt32(MessageBytesMax).Concat(new byte[1024]).ToArray(), Token);
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.True(grown < connections * 256 * 1024, $"{connections} idle connections took {grown} bytes.");
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static async Task SendUntilRefusedAsync(RawWsClient client, byte[] piece)
    {
        try
        {
            for (var i = 0; i < (MessageBytesMax / piece.Length) + 1; i++)
                await client.SendFrameAsync(piece, WebSocketMessageType.Text, endOfMessage: false, Token);
        }
        catch (IOException)
        {
            // Closed while it was still sending: the close is what the test looks at.
            return;
        }
    }

    private static async Task SendSplitAsync(IRawClient client, byte[] message, int split)
    {
        if (client is RawWsClient webSocket)
        {
            await webSocket.SendFrameAsync(message.AsMemory(0, split), WebSocketMessageType.Text, endOfMessage: false, Token);
            await webSocket.SendFrameAsync(message.AsMemory(split), WebSocketMessageType.Text, endOfMessage: true, Token);
            return;
        }

        var frame = Frame(message);
        await ((RawTcpClient)client).SendBytesAsync(frame.AsMemory(0, split + 4), Token);
        await ((RawTcpClient)client).SendBytesAsync(frame.AsMemory(split + 4), Token);
    }

    private static void AssertNoInternalError(byte[] message, JsonElement? answer) =>
        Assert.True(answer is null || (answer.Value.TryGetProperty("role", out _) && CodeOf(answer.Value) != InternalError), $"{Show(message)} was answered {answer}");

    /// <summary>The code of an answer's error wherever its role has it; 0 when it has none.</summary>
    private static int CodeOf(JsonElement answer)
    {
        foreach (var name in new[] { "error_code", "code" })
        {
            if (answer.TryGetProperty(name, out var code))
                return code.GetInt32();
        }

        return answer.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error.GetProperty("code").GetInt32() : 0;
    }

    private static async Task<List<JsonElement>> ReadToEndAsync(IRawClient client)
    {
        var answers = new List<JsonElement>();
        while (await ReceiveAsync(client) is { } answer)
            answers.Add(answer);
        return answers;
    }

    /// <summary>Null when the server has closed.</summary>
    private static async Task<JsonElement?> ReceiveAsync(IRawClient client) =>
        await client.ReceiveAsync(Token).AsTask().WaitAsync(Patience, Token) is { } bytes ? JsonDocument.Parse(bytes).RootElement : null;

    private static byte[] Frame(byte[] message) => [.. UInt32((uint)message.Length), .. message];

    private static byte[] UInt32(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    private static string Show(byte[] message) => Encoding.UTF8.GetString(message.AsSpan(0, Math.Min(message.Length, 300)));

    private IPEndPoint EndPointOf(string transport) => new(IPAddress.Loopback, _server.AddressOf(transport).Port);

    private async Task<IRawClient> ConnectAsync(string transport) => transport == "tcp"
        ? await RawTcpClient.ConnectAsync(EndPointOf("tcp"), cancellationToken: Token)
        : await RawWsClient.ConnectAsync(_server.Ws, Token);
}
