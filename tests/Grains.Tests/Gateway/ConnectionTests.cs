using System.IO.Pipelines;
using Grains.Gateway.Connections;
using Grains.Gateway.Transports.WebSockets;

namespace Grains.Tests.Gateway;

/// <summary>Silence, slow readers, limits and the end of connections.</summary>
public sealed class ConnectionTests
{
    private static WebSocketFraming WebSocket => new(1024 * 1024);

    [Fact]
    public async Task A_silent_WebSocket_is_pinged_and_then_cut()
    {
        await using var door = new Door();
        var client = door.Connect(WebSocket);
        door.Time.Advance(TimeSpan.FromSeconds(35));
        Assert.Equal([0x89, 0], await client.ReadBytesAsync(2));
        door.Time.Advance(TimeSpan.FromSeconds(30));
        await client.EndedAsync();
        Assert.Equal(1, door.Engine.Closed);
    }

    [Fact]
    public async Task A_WebSocket_that_answers_pings_lives()
    {
        await using var door = new Door();
        var client = door.Connect(WebSocket);
        for (var i = 0; i < 5; i++)
        {
            door.Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal([0x89, 0], await client.ReadBytesAsync(2));
            // A pong, and a ping whose answer shows that the pong was read.
            await client.SendBytesAsync([.. Frames.WebSocket(10, []), .. Frames.WebSocket(9, [1])]);
            Assert.Equal([0x8A, 1, 1], await client.ReadBytesAsync(3));
        }

        Assert.Equal(0, door.Engine.Closed);
    }

    [Fact]
    public async Task A_close_is_answered_with_its_code()
    {
        await using var door = new Door();
        var client = door.Connect(WebSocket);
        await client.SendBytesAsync(Frames.WebSocket(8, [0x0F, 0xA0]));
        Assert.Equal([0x88, 2, 0x0F, 0xA0], await client.ReadBytesAsync(4));
        await client.EndedAsync();
    }

    [Fact]
    public async Task Broken_framing_is_closed_with_its_code()
    {
        await using var door = new Door();
        var client = door.Connect(WebSocket);
        await client.SendBytesAsync(Frames.WebSocket(1, [1], masked: false));
        Assert.Equal([0x03, 0xEA], (await client.ReadBytesAsync(4))![2..]);
        await client.HangUpAsync();
        await client.EndedAsync();
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_while_output_waits_is_cut()
    {
        await using var door = new Door();
        var client = door.Connect(toClient: new PipeOptions(pauseWriterThreshold: 1_000, resumeWriterThreshold: 500));
        door.Time.Advance(TimeSpan.FromSeconds(5));
        await client.SendAsync([.. Enumerable.Range(0, 100).Select(i => $$"""{"role":"rpc","u":"{{i}}","cmds":[]}""")]);
        // Once the first bytes are there the write has begun; the rest does not fit.
        await client.ReadBytesAsync(4);
        for (var i = 0; i < 20; i++)
            door.Time.Advance(TimeSpan.FromSeconds(5));
        await client.EndedAsync();
        Assert.Equal(1, door.Engine.Closed);
    }

    [Fact]
    public async Task Output_past_its_limit_stops_the_reading_and_loses_no_answer()
    {
        const int Requests = 3_000;
        await using var door = new Door(new GatewayLimits { OutputBytesMax = 64 * 1024 });
        var client = door.Connect(toClient: new PipeOptions(pauseWriterThreshold: 1_000, resumeWriterThreshold: 500));
        var sending = client.SendAsync([.. Enumerable.Range(0, Requests).Select(i => $$"""{"role":"rpc","u":"{{i}}","cmds":[]}""")]);
        for (var i = 0; i < Requests; i++)
            Assert.Equal($"{i}", (await client.ReadAsync()).GetProperty("u").GetString());
        await sending;
    }

    [Fact]
    public async Task One_connection_more_than_may_be_is_refused()
    {
        await using var door = new Door(new GatewayLimits { ConnectionsMax = 1 });
        var first = door.Connect();
        await first.AskAsync("""{"role":"rpc","u":"1","cmds":[]}""");
        Assert.False(door.Runner.HasRoom);
        Assert.False(await door.Connect().Ended);
        await first.HangUpAsync();
        await first.EndedAsync();
        Assert.True(door.Runner.HasRoom);
        Assert.Equal((1, 1), (door.Engine.Opened, door.Engine.Closed));
    }

    [Fact]
    public async Task A_stopping_server_says_goodbye_to_those_who_said_hello_and_finishes_running_calls()
    {
        await using var door = new Door();
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = door.Connect(WebSocket);
        await client.SendBytesAsync([.. Frames.Text("""{"role":"hello","u":"h"}"""), .. Frames.Text("""{"role":"rpc","u":"c","cmds":[{"name":"a","fun":"echo"}]}""")]);
        Assert.Contains("hello", await ReadMessageAsync(client));
        var stopping = door.Runner.StopAsync(CancellationToken.None);
        Assert.Equal("""{"role":"goodbye","code":1401,"error":"The server is stopping."}""", await ReadMessageAsync(client));
        gate.SetResult();
        Assert.Contains("rpc-response", await ReadMessageAsync(client));
        // The answer is there, so the next look finds nobody busy.
        while (!stopping.IsCompleted)
        {
            door.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        Assert.Equal([0x03, 0xE9], (await client.ReadBytesAsync(4))![2..]);
        Assert.False(await door.Connect().Ended);
        await client.HangUpAsync();
        await client.EndedAsync();
    }

    [Fact]
    public void Limits_out_of_range_are_named()
    {
        Assert.Empty(new GatewayLimits().Validate());
        var errors = new GatewayLimits { MessageBytesMax = 0, PingPeriod = TimeSpan.Zero }.Validate();
        Assert.Equal(["MessageBytesMax", "PingPeriod"], errors.Select(error => error.Split(':')[0]));
    }

    private static async Task<string> ReadMessageAsync(PipeClient client)
    {
        var header = await client.ReadBytesAsync(2);
        Assert.Equal(0x81, header![0]);
        var length = (int)header[1];
        if (length == 126)
            length = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(await client.ReadBytesAsync(2));
        return System.Text.Encoding.UTF8.GetString((await client.ReadBytesAsync(length))!);
    }
}
