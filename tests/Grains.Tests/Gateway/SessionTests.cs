using System.Text.Json;
using Grains.Gateway.Connections;

namespace Grains.Tests.Gateway;

public sealed class SessionTests : IAsyncLifetime
{
    private readonly Door _door = new();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task A_put_is_answered_with_its_entry_and_a_get_finds_it()
    {
        var client = _door.Connect();
        var put = await client.AskAsync(
            """{"role":"cache-request","u":"c1","operation":"put","key":{"namespace":"n","identifier":"k","tags":["t"]},"value":{"b" : 1.0, "a":[]}}""");
        Assert.Equal("hit", put.GetProperty("status").GetString());
        Assert.Equal("c1", put.GetProperty("u").GetString());
        Assert.Equal("v1.0.0", put.GetProperty("entry").GetProperty("key").GetProperty("version").GetString());
        var get = await client.AskAsync("""{"role":"cache-request","u":"c2","operation":"get","key":{"namespace":"n","identifier":"k"}}""");
        Assert.Equal("""{"b" : 1.0, "a":[]}""", get.GetProperty("entry").GetProperty("value").GetRawText());
        Assert.Equal(1, get.GetProperty("revision").GetInt64());
    }

    [Fact]
    public async Task A_get_that_finds_nothing_is_a_miss_without_an_entry()
    {
        var miss = await _door.Connect().AskAsync("""{"role":"cache-request","u":"c","operation":"get","key":{"namespace":"n","identifier":"none"}}""");
        Assert.Equal("miss", miss.GetProperty("status").GetString());
        Assert.False(miss.TryGetProperty("entry", out _));
        Assert.False(miss.TryGetProperty("error_message", out _));
    }

    [Fact]
    public async Task Test_and_set_wins_once()
    {
        var client = _door.Connect();
        const string Lock = """{"role":"cache-request","u":"a","operation":"atomic","key":{"namespace":"l","identifier":"k"},"atomic_operation":{"operation_type":"test_and_set","expected_value":null,"new_value":"me","ttl_seconds":0.5}}""";
        var won = await client.AskAsync(Lock);
        Assert.Equal("hit", won.GetProperty("status").GetString());
        Assert.True(won.GetProperty("success").GetBoolean());
        Assert.Equal("me", won.GetProperty("new_value").GetString());
        var lost = await client.AskAsync(Lock);
        Assert.Equal("conflict", lost.GetProperty("status").GetString());
        Assert.False(lost.GetProperty("success").GetBoolean());
        Assert.Equal("me", lost.GetProperty("old_value").GetString());
        Assert.Equal(1101, lost.GetProperty("error_code").GetInt32());
    }

    [Fact]
    public async Task Text_and_bytes_keep_their_kind()
    {
        var client = _door.Connect();
        await client.AskAsync("""{"role":"cache-request","u":"1","operation":"put","key":{"namespace":"n","identifier":"t"},"value":"a\"\u0001b","value_kind":"text"}""");
        var text = await client.AskAsync("""{"role":"cache-request","u":"2","operation":"get","key":{"namespace":"n","identifier":"t"}}""");
        Assert.Equal("a\"\u0001b", text.GetProperty("entry").GetProperty("value").GetString());
        Assert.Equal("text", text.GetProperty("entry").GetProperty("value_kind").GetString());
        await client.AskAsync("""{"role":"cache-request","u":"3","operation":"put","key":{"namespace":"n","identifier":"b"},"value":"AP8=","value_kind":"bytes"}""");
        var bytes = await client.AskAsync("""{"role":"cache-request","u":"4","operation":"get","key":{"namespace":"n","identifier":"b"}}""");
        Assert.Equal([0, 255], bytes.GetProperty("entry").GetProperty("value").GetBytesFromBase64());
        Assert.Equal("bytes", bytes.GetProperty("entry").GetProperty("value_kind").GetString());
    }

    [Fact]
    public async Task A_namespace_is_cleared_without_a_key_or_options()
    {
        var answer = await _door.Connect().AskAsync(
            """{"role":"cache-request","u":"n","operation":"namespace","namespace_operation":{"operation_type":"clear","namespace":"temp","pattern":"expired_*","max_entries":1000}}""");
        Assert.Equal("hit", answer.GetProperty("status").GetString());
        Assert.Equal(3, answer.GetProperty("cleared_count").GetInt32());
    }

    [Theory]
    [InlineData("""{"role":"cache-request","u":"x","operation":"fly","key":{"namespace":"n","identifier":"k"}}""", 1105, "Unsupported operation: fly")]
    [InlineData("""{"role":"cache-request","u":"x","key":{"namespace":"n","identifier":"k"}}""", 1002, "Field 'operation' is required.")]
    [InlineData("""{"role":"cache-request","u":"x","operation":"get"}""", 1002, "Field 'key' is required.")]
    [InlineData("""{"role":"cache-request","u":"x","operation":"get","key":{"namespace":"n"}}""", 1002, "Field 'key.identifier' is required.")]
    [InlineData("""{"role":"cache-request","u":"x","operation":"get","key":{"namespace":"n","identifier":5}}""", 1002, "Field 'key.identifier' must be a string.")]
    [InlineData("""{"role":"cache-request","u":"x","operation":"atomic","key":{"namespace":"n","identifier":"k"}}""", 1002, "Field 'atomic_operation' is required.")]
    [InlineData("""{"role":"cache-request","u":"x","operation":"get","key":{"namespace":"n","identifier":"k"},"options":{"consistency_level":"maybe"}}""", 1113, null)]
    [InlineData("""{"role":"cache-request","u":"x","operation":"put","key":{"namespace":"n","identifier":"k"},"value":1,"ttl_seconds":"soon"}""", 1002, "Field 'ttl_seconds' must be a number.")]
    public async Task A_bad_cache_request_gets_an_error_and_the_connection_stays(string request, int code, string? message)
    {
        var client = _door.Connect();
        var answer = await client.AskAsync(request);
        Assert.Equal("cache-response", answer.GetProperty("role").GetString());
        Assert.Equal("error", answer.GetProperty("status").GetString());
        Assert.Equal("x", answer.GetProperty("u").GetString());
        Assert.Equal(code, answer.GetProperty("error_code").GetInt32());
        Assert.Equal(message ?? answer.GetProperty("error_message").GetString(), answer.GetProperty("error_message").GetString());
        Assert.Equal("rpc-response", (await client.AskAsync("""{"role":"bogus","u":"z"}""")).GetProperty("role").GetString());
    }

    [Fact]
    public async Task An_unknown_role_is_named_in_the_error()
    {
        var answer = await _door.Connect().ReadTextAfterAsync("""{"role":"bogus","u":"z"}""");
        Assert.Equal("""{"role":"rpc-response","r":null,"error":{"code":1004,"message":"Invalid RPC request role: bogus","details":null},"u":"z","intermediate_results":[],"execution_summary":null}""", answer);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("{\"role\":\"rpc\"")]
    [InlineData("{\"role\":\"rpc\"} x")]
    [InlineData("{\"a\":\"\u0001\"}")]
    public async Task Bytes_that_are_not_JSON_are_answered_once_and_the_connection_closes(string bytes)
    {
        var client = _door.Connect();
        var answer = await client.AskAsync(bytes);
        Assert.Equal(1002, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal("unknown", answer.GetProperty("u").GetString());
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
    }

    [Fact]
    public async Task Deep_JSON_is_told_from_broken_JSON()
    {
        var client = _door.Connect();
        var deep = $$"""{"role":"rpc","u":"d","cmds":{{new string('[', 64)}}{{new string(']', 64)}}}""";
        var answer = await client.AskAsync(deep);
        Assert.Equal(1306, answer.GetProperty("error").GetProperty("code").GetInt32());
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
    }

    [Fact]
    public async Task JSON_at_the_depth_limit_is_read()
    {
        var value = new string('[', 63) + new string(']', 63);
        var put = await _door.Connect().ReadTextAfterAsync($$"""{"role":"cache-request","u":"d","operation":"put","key":{"namespace":"n","identifier":"k"},"value":{{value}}}""");
        Assert.Contains("\"status\":\"hit\"", put);
    }

    [Fact]
    public async Task Of_members_given_twice_the_last_counts()
    {
        var answer = await _door.Connect().AskAsync("""{"role":"nope","u":7,"role":"rpc","u":"a","cmds":5,"cmds":[],"c\u006dds":[]}""");
        Assert.Equal("a", answer.GetProperty("u").GetString());
        Assert.Equal("{}", answer.GetProperty("r").GetRawText());
    }

    [Fact]
    public async Task A_long_or_missing_id_is_refused()
    {
        var client = _door.Connect();
        Assert.Equal("unknown", (await client.AskAsync("""{"role":"cache-request","operation":"stats"}""")).GetProperty("u").GetString());
        var answer = await client.AskAsync($$"""{"role":"rpc","u":"{{new string('u', 1_025)}}","cmds":[]}""");
        Assert.Equal(1002, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(1_024, (await client.AskAsync($$"""{"role":"rpc","u":"{{new string('u', 1_024)}}","cmds":[]}""")).GetProperty("u").GetString()!.Length);
    }

    [Fact]
    public async Task A_call_is_answered_with_the_results_by_name()
    {
        var answer = await _door.Connect().ReadTextAfterAsync(
            """{"role":"rpc","u":"req-1","cmds":[{"name":"call","fun":"echo","args":["hi"],"kwargs":{},"locs":[]}]}""");
        Assert.Equal("""{"role":"rpc-response","r":{"call":["hi"]},"error":null,"u":"req-1","intermediate_results":[],"execution_summary":null}""", answer);
    }

    [Fact]
    public async Task An_unknown_function_is_1001()
    {
        var answer = await _door.Connect().ReadTextAfterAsync("""{"role":"rpc","u":"req-2","cmds":[{"name":"x","fun":"nope"}]}""");
        Assert.Equal("""{"role":"rpc-response","r":null,"error":{"code":1001,"message":"Command not found","details":"Command not found: nope"},"u":"req-2","intermediate_results":[],"execution_summary":null}""", answer);
    }

    [Fact]
    public async Task Streamed_items_come_numbered_before_the_answer()
    {
        var client = _door.Connect();
        await client.SendAsync("""{"role":"rpc","u":"s","stream":true,"cmds":[{"name":"call","fun":"echo","args":[1]}]}""");
        Assert.Equal("""{"role":"rpc-progress","u":"s","name":"call","seq":0,"value":"one"}""", await client.ReadTextAsync());
        Assert.Equal("""{"role":"rpc-progress","u":"s","name":"call","seq":1,"value":"two"}""", await client.ReadTextAsync());
        Assert.Equal("rpc-response", (await client.ReadAsync()).GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_cancelled_call_is_answered_as_cancelled_and_others_go_on()
    {
        var gate = new TaskCompletionSource();
        _door.Engine.Gate = what => what == "call echo" ? gate.Task : null;
        var client = _door.Connect();
        await client.SendAsync(
            """{"role":"rpc","u":"one","cmds":[{"name":"a","fun":"echo"}]}""",
            """{"role":"rpc","u":"two","cmds":[{"name":"a","fun":"echo"}]}""",
            """{"role":"rpc-cancel","u":"nobody"}""",
            """{"role":"rpc-cancel","u":"one"}""");
        var cancelled = await client.ReadAsync();
        Assert.Equal("one", cancelled.GetProperty("u").GetString());
        Assert.Equal(1006, cancelled.GetProperty("error").GetProperty("code").GetInt32());
        gate.SetResult();
        Assert.Equal("two", (await client.ReadAsync()).GetProperty("u").GetString());
    }

    [Fact]
    public async Task Notification_comes_before_the_publishers_own_acknowledgement()
    {
        var client = _door.Connect();
        var ack = await client.AskAsync("""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s1","patterns":[{"pattern":"orders.#","exact_match":false}],"subscriber":"me","get_backlog":true}}""");
        Assert.Equal("ack_s", ack.GetProperty("u").GetString());
        Assert.True(ack.GetProperty("success").GetBoolean());
        await client.SendAsync("""{"role":"pubsub-publish","u":"p","message":{"topic":"orders.eu","payload":{"x": 1},"message_id":"m0","publisher":"go-client"}}""");
        Assert.Equal(
            """{"role":"pubsub-notification","message":{"topic":"orders.eu","payload":{"x": 1},"timestamp":1767225600.000000,"message_id":"m0","publisher":"go-client","headers":{},"routing_path":null,"current_hop":null},"subscription_id":"s1","u":"notification_m0_s1","epoch":5,"offset":0,"appended_at":1767225600.000000}""",
            await client.ReadTextAsync());
        Assert.Equal(
            """{"role":"pubsub-ack","operation_id":"p","success":true,"error":null,"u":"ack_p","epoch":5,"offset":0,"receivers":1,"durability":"memory","message_id":"m0","appended_at":1767225600.000000}""",
            await client.ReadTextAsync());
    }

    [Fact]
    public async Task A_message_without_an_id_and_a_time_gets_the_servers()
    {
        var client = _door.Connect();
        await client.AskAsync("""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s1","patterns":["#"]}}""");
        await client.SendAsync("""{"role":"pubsub-publish","u":"p","message":{"topic":"a","payload":1}}""");
        var message = (await client.ReadAsync()).GetProperty("message");
        var ack = await client.ReadAsync();
        Assert.Matches("^[0-9A-HJKMNP-TV-Z]{26}$", message.GetProperty("message_id").GetString());
        Assert.Equal(message.GetProperty("message_id").GetString(), ack.GetProperty("message_id").GetString());
        Assert.Equal(1_767_225_600.0, message.GetProperty("timestamp").GetDouble());
    }

    [Fact]
    public async Task Credit_is_given_back_for_what_has_left()
    {
        var client = _door.Connect();
        await client.AskAsync("""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s1","patterns":["#"]}}""");
        await client.SendAsync("""{"role":"pubsub-publish","u":"p","message":{"topic":"a","payload":1,"message_id":"m0"}}""");
        await client.ReadTextAsync();
        await client.ReadTextAsync();
        await client.HangUpAsync();
        await client.EndedAsync();
        Assert.Equal(TopicRecord.OverheadBytes + 1 + 1 + 2, _door.Engine.Granted);
    }

    [Fact]
    public async Task A_broadcast_reads_the_same_for_every_subscriber()
    {
        var clients = Enumerable.Range(0, 5).Select(_ => _door.Connect()).ToArray();
        foreach (var client in clients)
            await client.AskAsync("""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"same","patterns":["#"]}}""");
        var publisher = _door.Connect();
        await publisher.AskAsync("""{"role":"pubsub-publish","u":"p","message":{"topic":"a.b","payload":"\u00e9","headers":{"h":[1]},"reply_to":"r.1"}}""");
        var texts = new List<string?>();
        foreach (var client in clients)
            texts.Add(await client.ReadTextAsync());
        Assert.Single(texts.Distinct());
        Assert.Contains("""
            "headers":{"h":[1],"reply_to":"r.1"}
            """.Trim(), texts[0]);
    }

    [Theory]
    [InlineData("system.x")]
    [InlineData("_internal.x")]
    [InlineData("cache.events.x")]
    public async Task Reserved_topics_are_refused(string topic)
    {
        var answer = await _door.Connect().AskAsync($$$"""{"role":"pubsub-publish","u":"p","message":{"topic":"{{{topic}}}","payload":1}}""");
        Assert.False(answer.GetProperty("success").GetBoolean());
        Assert.Equal(1203, answer.GetProperty("code").GetInt32());
        Assert.Empty(_door.Engine.Log);
    }

    [Fact]
    public async Task Unsubscribing_nothing_fails_without_an_error() => Assert.Equal(
        """{"role":"pubsub-ack","operation_id":"un-9","success":false,"error":null,"u":"ack_un-9"}""",
        await _door.Connect().ReadTextAfterAsync("""{"role":"pubsub-unsubscribe","subscription_id":"none","u":"un-9"}"""));

    [Fact]
    public async Task Topic_roles_are_answered_with_topic_responses()
    {
        var client = _door.Connect();
        var created = await client.AskAsync("""{"role":"topic-create","u":"t","topic":"a","retention":{"messages_max":5}}""");
        Assert.Equal("a", created.GetProperty("topics")[0].GetProperty("topic").GetString());
        Assert.Equal(2, (await client.AskAsync("""{"role":"topic-trim","u":"t","topic":"a","before":3}""")).GetProperty("affected").GetInt32());
        var consumed = await client.AskAsync("""{"role":"topic-consume","u":"t","topic":"a"}""");
        Assert.Equal(7, consumed.GetProperty("messages")[0].GetProperty("offset").GetInt32());
        Assert.Equal("a", consumed.GetProperty("messages")[0].GetProperty("topic").GetString());
        var refused = await client.AskAsync("""{"role":"topic-trim","u":"t","topic":"a"}""");
        Assert.Equal("Field 'before' is required.", refused.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal(0, (await client.AskAsync("""{"role":"topic-produce","u":"t","message":{"topic":"a","payload":1}}""")).GetProperty("offset").GetInt32());
    }

    [Fact]
    public async Task An_offered_function_is_invoked_and_answered()
    {
        var client = _door.Connect();
        await client.SendAsync("""{"role":"rpc-register","u":"r1","function":{"fun":"resize","locs":["gpu"],"priority":5,"concurrency":8}}""");
        Assert.Equal(
            """{"role":"rpc-invoke","u":"c-1","fun":"resize","args":[1],"kwargs":{},"caller":null,"deadline":1767225605.000000,"timeout_ms":5000,"stream":false}""",
            await client.ReadTextAsync());
        Assert.Equal("""{"role":"rpc-cancel","u":"c-1","code":1005}""", await client.ReadTextAsync());
        Assert.Equal("""{"role":"rpc-ack","operation_id":"r1","success":true,"error":null,"u":"ack_r1"}""", await client.ReadTextAsync());
        await client.SendAsync(
            """{"role":"rpc-progress","u":"c-1","value":50}""",
            """{"role":"rpc-result","u":"c-1","result":{"ok":true}}""",
            """{"role":"rpc-result","u":"c-2","error":{"code":1008,"message":"busy"}}""",
            """{"role":"rpc-result","u":"c-3","error":{"message":"it broke"}}""");
        Assert.False((await client.AskAsync("""{"role":"rpc-unregister","u":"r2","fun":"resize"}""")).GetProperty("success").GetBoolean());
        Assert.Equal(["offer resize", "report c-1 50", """complete c-1 0 {"ok":true}""", "complete c-2 1008 (none)", "complete c-3 1003 (none)"], _door.Engine.Log);
        Assert.Equal(1009, (await client.AskAsync("""{"role":"rpc-register","u":"r3","function":{"fun":"echo"}}""")).GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Hello_tells_the_limits()
    {
        var hello = await _door.Connect().AskAsync("""{"role":"hello","u":"h1","client":"my-app"}""");
        Assert.Equal("grains", hello.GetProperty("server").GetString());
        Assert.Equal("fake", hello.GetProperty("engine").GetString());
        Assert.Equal(20 * 1024 * 1024, hello.GetProperty("limits").GetProperty("message_bytes_max").GetInt32());
    }

    [Fact]
    public async Task A_put_can_notify_a_topic_when_its_condition_holds()
    {
        var client = _door.Connect();
        static string Put(int amount) => """{"role":"cache-request","u":"c","operation":"put","key":{"namespace":"n","identifier":"k"},"value":{"amount":AMOUNT},"options":{"notify_on_change":true,"notification_topic":"big","notification_payload":{"p":1},"notification_condition":{"amount":{"$gt":10}}}}"""
            .Replace("AMOUNT", amount.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await client.AskAsync(Put(5));
        await client.AskAsync(Put(11));
        Assert.Equal(["put k", "put k", """publish big {"p":1}"""], _door.Engine.Log);
    }

    [Fact]
    public async Task The_engine_is_told_of_each_connection_once()
    {
        var client = _door.Connect();
        await client.AskAsync("""{"role":"rpc","u":"1","cmds":[]}""");
        await client.HangUpAsync();
        await client.EndedAsync();
        Assert.Equal((1, 1), (_door.Engine.Opened, _door.Engine.Closed));
        Assert.Equal((0, 0), (_door.Table.Count, _door.Runner.Count));
    }

    [Fact]
    public async Task Pings_and_streams_work_over_pipes()
    {
        var client = _door.Connect();
        await client.SendBytesAsync([.. Frames.Prefixed("PING"), .. Frames.StreamMarker, .. Frames.Chunk("""{"role":"bogus",""", 1), .. Frames.Chunk("""
            "u":"z"}
            """.Trim(), 2)]);
        Assert.Equal("PONG", await client.ReadTextAsync());
        Assert.Equal("z", (await client.ReadAsync()).GetProperty("u").GetString());
    }

    [Fact]
    public async Task A_frame_that_claims_too_much_closes_without_an_answer()
    {
        var client = _door.Connect();
        await client.SendBytesAsync(0x7F, 0xFF, 0xFF, 0xFF);
        await client.HangUpAsync();
        Assert.Null(await client.ReadTextAsync());
        await client.EndedAsync();
    }

    [Fact]
    public async Task A_burst_of_requests_is_answered_in_order()
    {
        var client = _door.Connect();
        var sending = client.SendAsync([.. Enumerable.Range(0, 2_000).Select(i => $$"""{"role":"rpc","u":"{{i}}","cmds":[]}""")]);
        for (var i = 0; i < 2_000; i++)
            Assert.Equal($"{i}", (await client.ReadAsync()).GetProperty("u").GetString());
        await sending;
    }
}
