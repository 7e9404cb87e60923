using System.IO.Pipelines;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Connections;

namespace Grains.Tests.Gateway;

/// <summary>A client that does not read: what others cause to be sent to it stays within its limits.</summary>
public sealed class SlowReaderTests
{
    private const int OutputBytesMax = 64 * 1024;
    private const int ItemBytes = 20 * 1024;

    private static readonly Value Item = Value.Json("\"" + new string('x', ItemBytes) + "\"");

    private static readonly PipeOptions Narrow = new(pauseWriterThreshold: 1_000, resumeWriterThreshold: 500);

    [Fact]
    public async Task A_stream_whose_items_are_not_read_is_cut_and_its_call_ends_as_slow_reader()
    {
        await using var door = new Door(new GatewayLimits { OutputBytesMax = OutputBytesMax });
        door.Engine.Gate = what => what == "call echo" ? new TaskCompletionSource().Task : null;
        var client = door.Connect(toClient: Narrow);
        await client.SendAsync(
            """{"role":"rpc","u":"s","stream":true,"cmds":[{"name":"a","fun":"echo"}]}""", """{"role":"rpc","u":"read","cmds":[]}""");
        Assert.Equal("read", (await client.ReadAsync()).GetProperty("u").GetString());
        var call = door.Engine.LastCall!;
        for (var i = 0; i < 100; i++)
            door.Table.Report(call.Caller, call.CallId, Item);
        var items = 0;
        var message = await client.ReadAsync();
        for (; message.GetProperty("role").GetString() == "rpc-progress"; items++)
        {
            Assert.Equal(items, message.GetProperty("seq").GetInt32());
            message = await client.ReadAsync();
        }

        // What is being sent, what may wait, and the one that went past the limit.
        Assert.InRange(items, 1, 2 * OutputBytesMax / ItemBytes);
        Assert.Equal(("s", 1307), (message.GetProperty("u").GetString(), CodeOf(message)));
        Assert.Equal("next", (await client.AskAsync("""{"role":"rpc","u":"next","cmds":[]}""")).GetProperty("u").GetString());
    }

    [Fact]
    public async Task A_provider_that_does_not_read_is_sent_no_more_calls_and_reads_on_later()
    {
        await using var door = new Door(new GatewayLimits { OutputBytesMax = OutputBytesMax });
        var provider = door.Connect(toClient: Narrow);
        await provider.AskAsync("""{"role":"rpc","u":"read","cmds":[]}""");
        var id = door.Table.All.Single().Id;
        var sent = 0;
        while (sent < 100 && door.Table.Invoke(id, Invocation($"c-{sent}")))
            sent++;
        Assert.InRange(sent, 1, 2 * OutputBytesMax / ItemBytes);
        door.Table.CancelInvocation(id, "c-0", ErrorCode.Timeout);
        for (var i = 0; i < sent; i++)
            Assert.Equal($"c-{i}", (await provider.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("rpc-cancel", (await provider.ReadAsync()).GetProperty("role").GetString());
        // Its answer leaves after all that, so nothing of it waits any more.
        await provider.AskAsync("""{"role":"rpc","u":"read","cmds":[]}""");
        Assert.True(door.Table.Invoke(id, Invocation("again")));
    }

    [Fact]
    public async Task Late_answers_wait_for_room_and_none_is_lost()
    {
        const int Calls = 40;
        await using var door = new Door(new GatewayLimits { OutputBytesMax = OutputBytesMax });
        var client = await CallAsync(door, Calls, ItemBytes);
        var answers = new HashSet<string?>();
        for (var i = 0; i < Calls; i++)
        {
            var answer = await client.ReadAsync();
            Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.GetProperty("error").ValueKind);
            answers.Add(answer.GetProperty("u").GetString());
        }

        Assert.Equal(Calls, answers.Count);
    }

    [Fact]
    public async Task Late_answers_that_are_not_read_hold_no_more_than_may_be_in_flight()
    {
        const int Calls = 8, ResultBytes = 512 * 1024;
        await using var door = new Door(new GatewayLimits { OutputBytesMax = OutputBytesMax, BytesInFlightMax = 1024 * 1024 });
        door.Engine.Result = Value.Json("\"" + new string('x', ResultBytes) + "\"");
        var client = await CallAsync(door, Calls, argumentBytes: 1);
        var codes = new List<int>();
        for (var i = 0; i < Calls; i++)
        {
            var answer = await client.ReadAsync();
            codes.Add(answer.GetProperty("error").ValueKind == System.Text.Json.JsonValueKind.Null ? 0 : CodeOf(answer));
        }

        // One is being sent, one or two are kept, the rest have lost their results.
        Assert.All(codes, code => Assert.True(code is 0 or 1307));
        Assert.InRange(codes.Count(code => code == 0), 2, 4);
        var next = await client.AskAsync("""{"role":"rpc","u":"next","cmds":[{"name":"a","fun":"echo"}]}""");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, next.GetProperty("error").ValueKind);
    }

    /// <summary>Makes calls that end together when all have come, and takes none of their answers.</summary>
    private static async Task<PipeClient> CallAsync(Door door, int calls, int argumentBytes)
    {
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = door.Connect(toClient: Narrow);
        var argument = new string('x', argumentBytes);
        await client.SendAsync(
            [.. Enumerable.Range(0, calls).Select(i => $$"""{"role":"rpc","u":"{{i}}","cmds":[{"name":"a","fun":"echo","args":["{{argument}}"]}]}"""),
            """{"role":"rpc","u":"read","cmds":[]}"""]);
        Assert.Equal("read", (await client.ReadAsync()).GetProperty("u").GetString());
        // What runs the rest of the calls runs within this: when it returns each has been answered or waits.
        gate.SetResult();
        return client;
    }

    private static Invocation Invocation(string callId) => new(callId, "f", Value.Json($"[{Item}]"), default, default, 0, false);

    private static int CodeOf(System.Text.Json.JsonElement message) => message.GetProperty("error").GetProperty("code").GetInt32();
}
