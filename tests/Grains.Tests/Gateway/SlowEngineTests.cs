using Grains.Gateway.Connections;
using Grains.Tests.Functions;

namespace Grains.Tests.Gateway;

/// <summary>The session over an engine that answers late: order, limits, timeouts and faults.</summary>
public sealed class SlowEngineTests
{
    private static string Put(string id, string key, int value) =>
        $$$"""{"role":"cache-request","u":"{{{id}}}","operation":"put","key":{"namespace":"n","identifier":"{{{key}}}"},"value":{{{value}}}}""";

    private static string Get(string id, string key) =>
        $$$"""{"role":"cache-request","u":"{{{id}}}","operation":"get","key":{"namespace":"n","identifier":"{{{key}}}"}}""";

    [Fact]
    public async Task Requests_on_one_key_take_effect_in_order_and_other_keys_overtake()
    {
        await using var door = new Door();
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "put n:slow:v1.0.0" ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync(Put("1", "slow", 1), Put("2", "slow", 2), Get("3", "slow"), Get("4", "quick"));
        Assert.Equal("4", (await client.ReadAsync()).GetProperty("u").GetString());
        gate.SetResult();
        Assert.Equal("1", (await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("2", (await client.ReadAsync()).GetProperty("u").GetString());
        var get = await client.ReadAsync();
        Assert.Equal(("3", 2), (get.GetProperty("u").GetString(), get.GetProperty("entry").GetProperty("value").GetInt32()));
        Assert.Equal(["get quick", "put slow", "put slow", "get slow"], door.Engine.Log);
    }

    [Fact]
    public async Task An_operation_over_a_namespace_waits_for_what_came_before_and_holds_back_what_comes_after()
    {
        await using var door = new Door();
        var put = new TaskCompletionSource();
        var clear = new TaskCompletionSource();
        door.Engine.Gate = what => what.StartsWith("put", StringComparison.Ordinal) ? put.Task : what.StartsWith("clear", StringComparison.Ordinal) ? clear.Task : null;
        var client = door.Connect();
        await client.SendAsync(
            Put("1", "k", 1), """{"role":"cache-request","u":"2","operation":"namespace","namespace_operation":{"operation_type":"clear","namespace":"n"}}""", Get("3", "other"), """{"role":"rpc","u":"x","cmds":[]}""");
        Assert.Equal("x", (await client.ReadAsync()).GetProperty("u").GetString());
        clear.SetResult();
        put.SetResult();
        Assert.Equal("1", (await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("2", (await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("3", (await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal(["put k", "clear n", "get other"], door.Engine.Log);
    }

    [Theory]
    [InlineData("\"operation\":\"namespace\",\"namespace_operation\":{\"operation_type\":\"clear\",\"namespace\":\"n\"}", "cleared_count")]
    [InlineData("\"operation\":\"namespace\",\"namespace_operation\":{\"operation_type\":\"restore\",\"namespace\":\"n\",\"data\":{}}", "restored_count")]
    [InlineData("\"operation\":\"invalidate\",\"key\":{\"namespace\":\"n\"},\"pattern\":\"*\"", "invalidated_count")]
    public async Task An_operation_over_a_namespace_is_given_its_time_and_tells_what_it_did_when_that_was_over(string operation, string count)
    {
        await using var door = new Door();
        door.Engine.OverReply = new NamespaceReply { Error = ErrorCode.Timeout, Message = "over", Count = 9, AffectedCount = 7 };
        var client = door.Connect();
        await client.SendAsync($"{{\"role\":\"cache-request\",\"u\":\"1\",{operation},\"options\":{{\"timeout_ms\":1000}}}}");
        var answer = await client.ReadAsync();
        Assert.Equal(("1", "timeout"), Status(answer));
        Assert.Equal((1005, 7), (answer.GetProperty("error_code").GetInt32(), answer.GetProperty(count).GetInt32()));
        Assert.Equal(TimeSpan.FromMilliseconds(900), door.Engine.LastOver!.Timeout);
    }

    [Fact]
    public async Task Publishes_to_one_topic_keep_their_order()
    {
        await using var door = new Door();
        var gates = new Queue<TaskCompletionSource>([new(), new(), new()]);
        var opened = gates.ToArray();
        door.Engine.Gate = what => what == "publish a" ? gates.Dequeue().Task : null;
        var client = door.Connect();
        await client.SendAsync([.. Enumerable.Range(1, 3).Select(i => $$$"""{"role":"pubsub-publish","u":"{{{i}}}","message":{"topic":"a","payload":{{{i}}}}}""")]);
        opened[2].SetResult();
        opened[1].SetResult();
        opened[0].SetResult();
        for (var i = 1; i <= 3; i++)
            Assert.Equal($"{i}", (await client.ReadAsync()).GetProperty("operation_id").GetString());
        Assert.Equal(["publish a 1", "publish a 2", "publish a 3"], door.Engine.Log);
    }

    [Fact]
    public async Task An_operation_that_takes_too_long_is_answered_as_timed_out_and_keeps_its_place()
    {
        await using var door = new Door();
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what.StartsWith("put", StringComparison.Ordinal) ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync(
            """{"role":"cache-request","u":"1","operation":"put","key":{"namespace":"n","identifier":"k"},"value":1,"options":{"timeout_ms":100}}""",
            """{"role":"cache-request","u":"2","operation":"delete","key":{"namespace":"n","identifier":"k"},"options":{"timeout_ms":50}}""",
            Get("3", "k"),
            """{"role":"rpc","u":"read","cmds":[]}""");
        await client.ReadAsync();
        door.Time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal(("2", "timeout"), Status(await client.ReadAsync()));
        door.Time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal(("1", "timeout"), Status(await client.ReadAsync()));
        gate.SetResult();
        Assert.Equal(("3", "hit"), Status(await client.ReadAsync()));
        // What had timed out before its turn did not run.
        Assert.Equal(["put k", "get k"], door.Engine.Log);
    }

    [Fact]
    public async Task A_fault_of_the_engine_is_answered_and_the_connection_goes_on()
    {
        await using var door = new Door();
        door.Engine.Gate = what => what.StartsWith("put", StringComparison.Ordinal) ? Task.FromException(new InvalidOperationException("A fault.")) : null;
        var client = door.Connect();
        var answer = await client.AskAsync(Put("1", "k", 1));
        Assert.Equal(("1", "error"), Status(answer));
        Assert.Equal(1402, answer.GetProperty("error_code").GetInt32());
        Assert.Equal(("2", "miss"), Status(await client.AskAsync(Get("2", "k"))));
    }

    [Fact]
    public async Task Calls_in_flight_are_limited()
    {
        await using var door = new Door(new GatewayLimits { CallsInFlightMax = 2 });
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync([.. Enumerable.Range(1, 3).Select(i => $$"""{"role":"rpc","u":"{{i}}","cmds":[{"name":"a","fun":"echo"}]}""")]);
        var refused = await client.ReadAsync();
        Assert.Equal(("3", 1304), (refused.GetProperty("u").GetString(), refused.GetProperty("error").GetProperty("code").GetInt32()));
        gate.SetResult();
        await client.ReadAsync();
        await client.ReadAsync();
        Assert.Equal(JsonValueKindOfNull, (await client.AskAsync("""{"role":"rpc","u":"4","cmds":[{"name":"a","fun":"echo"}]}""")).GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Calls_in_flight_are_limited_in_bytes_and_one_may_always_run()
    {
        await using var door = new Door(new GatewayLimits { BytesInFlightMax = 1024 * 1024 });
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = door.Connect();
        var large = new string('x', 1024 * 1024);
        await client.SendAsync($$"""{"role":"rpc","u":"1","cmds":[{"name":"a","fun":"echo","args":["{{large}}"]}]}""");
        var refused = await client.AskAsync("""{"role":"rpc","u":"2","cmds":[{"name":"a","fun":"echo"}]}""");
        Assert.Equal(("2", 1304), (refused.GetProperty("u").GetString(), refused.GetProperty("error").GetProperty("code").GetInt32()));
        gate.SetResult();
        Assert.Equal("1", (await client.ReadAsync()).GetProperty("u").GetString());
    }

    [Fact]
    public async Task Requests_that_wait_for_the_engine_hold_back_the_reading_and_are_all_answered()
    {
        await using var door = new Door(new GatewayLimits { CallsInFlightMax = 4 });
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what.StartsWith("put", StringComparison.Ordinal) ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync([.. Enumerable.Range(1, 4).Select(i => Put($"{i}", $"k{i}", i)), """{"role":"rpc","u":"5","cmds":[]}"""]);
        gate.SetResult();
        var answered = new List<string?>();
        for (var i = 0; i < 5; i++)
            answered.Add((await client.ReadAsync()).GetProperty("u").GetString());
        Assert.Equal("5", answered[^1]);
        Assert.Equal(["1", "2", "3", "4", "5"], answered.Order());
    }

    [Fact]
    public async Task Calls_of_a_connection_that_goes_away_are_cancelled_before_the_engine_closes_it()
    {
        await using var door = new Door();
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync("""{"role":"rpc","u":"1","cmds":[{"name":"a","fun":"echo"}]}""");
        await client.HangUpAsync();
        await client.EndedAsync();
        Assert.Equal(1, door.Engine.Closed);
    }

    [Fact]
    public async Task Calls_of_a_connection_that_goes_away_are_cancelled_although_the_engine_is_slow_to_close_it()
    {
        await using var door = new Door();
        var (gate, closing) = (new TaskCompletionSource(), new TaskCompletionSource());
        door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        door.Engine.Closing = closing.Task;
        var client = door.Connect();
        await client.SendAsync("""{"role":"rpc","u":"1","cmds":[{"name":"a","fun":"echo"}]}""");
        await client.HangUpAsync();
        await door.Engine.Cancelled.Task.WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);
        closing.SetResult();
        await client.EndedAsync();
    }

    [Fact]
    public async Task A_connection_that_goes_away_is_closed_after_its_requests_have_ended()
    {
        await using var door = new Door();
        var gate = new TaskCompletionSource();
        door.Engine.Gate = what => what.StartsWith("put", StringComparison.Ordinal) ? gate.Task : null;
        var client = door.Connect();
        await client.SendAsync(Put("1", "k", 1), """{"role":"rpc","u":"2","cmds":[]}""");
        await client.ReadAsync();
        await client.HangUpAsync();
        Assert.Equal(0, door.Engine.Closed);
        gate.SetResult();
        await client.EndedAsync();
        Assert.Equal(1, door.Engine.Closed);
        Assert.Equal(["put k"], door.Engine.Log);
    }

    private const System.Text.Json.JsonValueKind JsonValueKindOfNull = System.Text.Json.JsonValueKind.Null;

    private static (string? Id, string? Status) Status(System.Text.Json.JsonElement answer) =>
        (answer.GetProperty("u").GetString(), answer.GetProperty("status").GetString());
}
