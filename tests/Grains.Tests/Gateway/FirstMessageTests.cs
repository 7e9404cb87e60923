using Grains.Gateway.Connections;
using Grains.Gateway.Transports.WebSockets;

namespace Grains.Tests.Gateway;

public sealed class FirstMessageTests
{
    private const string Rpc = """{"role":"rpc","u":"1","cmds":[]}""";

    private sealed class OneToken : IAuthenticator
    {
        public Task? Gate { get; set; }

        public async ValueTask<AuthenticationResult> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken)
        {
            if (Gate is not null)
                await Gate;
            return credentials.Token == "right" || credentials.ApiKey == "key" ? new AuthenticationResult("me") : AuthenticationResult.Refused;
        }
    }

    [Theory]
    [InlineData("""{"role":"auth","u":"a1","token":"right"}""", """{"role":"auth-ack","u":"a1","success":true,"error":null}""")]
    [InlineData("""{"role":"auth","u":"a1","api_key":"key"}""", """{"role":"auth-ack","u":"a1","success":true,"error":null}""")]
    public async Task The_right_credentials_open_the_connection(string first, string answer)
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        Assert.Equal(answer, await client.ReadTextAfterAsync(first));
        Assert.Equal("1", (await client.AskAsync(Rpc)).GetProperty("u").GetString());
    }

    [Fact]
    public async Task Hello_may_carry_the_credentials()
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        Assert.Equal("hello", (await client.AskAsync("""{"role":"hello","u":"h","token":"right"}""")).GetProperty("role").GetString());
        Assert.Equal("1", (await client.AskAsync(Rpc)).GetProperty("u").GetString());
    }

    [Theory]
    [InlineData("""{"role":"auth","u":"a","token":"wrong"}""", "auth-ack")]
    [InlineData("""{"role":"auth","u":"a"}""", "auth-ack")]
    [InlineData("""{"role":"hello","u":"a"}""", "auth-ack")]
    [InlineData("""{"role":"rpc","u":"a","cmds":[]}""", "rpc-response")]
    [InlineData("""{"role":"cache-request","u":"a","operation":"stats"}""", "cache-response")]
    [InlineData("""{"role":"pubsub-publish","u":"a","message":{"topic":"t","payload":1}}""", "pubsub-ack")]
    [InlineData("""{"role":"topic-list","u":"a"}""", "topic-response")]
    [InlineData("""{"role":"rpc-register","u":"a","function":{"fun":"f"}}""", "rpc-ack")]
    public async Task Wrong_or_missing_credentials_are_answered_in_the_roles_own_form_and_the_connection_closes(string first, string role)
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        await client.SendAsync(first, Rpc);
        var answer = await client.ReadAsync();
        Assert.Equal(role, answer.GetProperty("role").GetString());
        Assert.Contains("1301", answer.GetRawText());
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
        Assert.Empty(door.Engine.Log);
    }

    [Fact]
    public async Task While_credentials_are_checked_nothing_else_is_read()
    {
        var gate = new TaskCompletionSource();
        await using var door = new Door(authenticator: new OneToken { Gate = gate.Task });
        var client = door.Connect();
        await client.SendAsync("""{"role":"auth","u":"a","token":"right"}""", Rpc);
        gate.SetResult();
        Assert.Equal("a", (await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("1", (await client.ReadAsync()).GetProperty("u").GetString());
    }

    [Fact]
    public async Task A_connection_that_the_transport_has_authenticated_needs_no_first_message()
    {
        await using var door = new Door(authenticator: new OneToken());
        Assert.Equal("1", (await door.Connect(authenticated: true).AskAsync(Rpc)).GetProperty("u").GetString());
    }

    [Fact]
    public async Task A_connection_that_does_not_authenticate_in_time_is_closed()
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        door.Time.Advance(TimeSpan.FromSeconds(20));
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
    }

    [Fact]
    public async Task A_connection_has_its_whole_handshake_time_and_no_more_from_when_it_was_accepted()
    {
        await using var door = new Door(new GatewayLimits { PingPeriod = TimeSpan.FromSeconds(20) }, new OneToken());
        door.Time.Advance(TimeSpan.FromSeconds(2));
        var client = door.Connect();
        // Looks at 4, 8 and 12 seconds: the last is ten after the client came.
        door.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(0, door.Engine.Closed);
        door.Time.Advance(TimeSpan.FromSeconds(4));
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_refused_WebSocket_whose_close_has_come_is_ended_at_once(int heldBack)
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect(new WebSocketFraming(1024 * 1024));
        byte[] close = Frames.WebSocket(8, [0x03, 0xF0]);
        await client.SendBytesAsync(
            [.. Frames.Text("""{"role":"auth","u":"a","token":"wrong"}"""), .. Frames.Text("""{"role":"hello","u":"h"}"""), .. close[..^heldBack]]);
        await client.SendBytesAsync(close[^heldBack..]);
        // The clock stands: the server does not wait for the time to be over.
        await client.EndedAsync();
    }

    [Theory]
    [InlineData(64 * 1024, false)]
    [InlineData(64 * 1024 + 1, true)]
    public async Task Before_it_is_authenticated_a_connection_may_send_64_KiB_in_one_message(int bytes, bool tooLong)
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        var message = Padded("""{"role":"auth","u":"a","token":"right"}""", bytes);
        // Only the front of the longer one: it is refused before it has come.
        await client.SendBytesAsync(tooLong ? Frames.Prefixed(message)[..100] : Frames.Prefixed(message));
        if (tooLong)
            await client.HangUpAsync();
        Assert.Equal(tooLong, await client.ReadTextAsync() is null);
    }

    [Fact]
    public async Task Before_it_is_authenticated_the_pieces_of_a_message_are_counted_together()
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        var piece = new string('x', 40 * 1024);
        await client.SendBytesAsync([.. Frames.StreamMarker, .. Frames.Chunk(piece, 1), .. Frames.Chunk(piece, 1)]);
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
    }

    [Fact]
    public async Task Before_it_is_authenticated_a_WebSocket_with_a_longer_message_is_closed_as_too_big()
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect(new WebSocketFraming(1024 * 1024));
        await client.SendBytesAsync(Frames.WebSocket(1, new byte[64 * 1024 + 1])[..14]);
        Assert.Equal([0x03, 0xF1], (await client.ReadBytesAsync(4))![2..]);
        await client.HangUpAsync();
    }

    [Fact]
    public async Task Once_it_is_authenticated_a_connection_may_send_long_messages()
    {
        await using var door = new Door(authenticator: new OneToken());
        var client = door.Connect();
        await client.AskAsync("""{"role":"auth","u":"a","token":"right"}""");
        await client.SendBytesAsync(Frames.Prefixed(Padded(Rpc, 1024 * 1024)));
        Assert.Equal("1", (await client.ReadAsync()).GetProperty("u").GetString());
    }

    private static byte[] Padded(string json, int bytes) => Frames.Utf8(json.PadRight(bytes));
}
