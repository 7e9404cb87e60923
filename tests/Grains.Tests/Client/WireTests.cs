using System.Collections.Immutable;
using System.Text;
using Grains.Client.Wire;

namespace Grains.Tests.Client;

/// <summary>Messages as the protocol's page shows them.</summary>
public sealed class WireTests
{
    private static readonly CacheKey Key = new("user_sessions", "session_123");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("get", """{"role":"cache-request","u":"7","operation":"get","key":{"namespace":"user_sessions","identifier":"session_123"},"options":{"timeout_ms":10000}}""")]
    [InlineData("delete", """{"role":"cache-request","u":"7","operation":"delete","key":{"namespace":"user_sessions","identifier":"session_123"},"options":{"timeout_ms":10000}}""")]
    public void A_request_on_a_key_is_written(string operation, string expected) =>
        Assert.Equal(expected, Text(CacheRequestWriter.Write(7, Key, new CacheCommand(operation), Timeout)));

    [Fact]
    public void A_put_carries_its_value_as_it_came_and_its_conditions() => Assert.Equal(
        """{"role":"cache-request","u":"1","operation":"put","key":{"namespace":"n","identifier":"k","version":"v2"},"op_id":"o1","value":{"a" : 1.0},"ttl_seconds":1.5,"sliding":true,"conditions":{"if_not_exists":true},"options":{"timeout_ms":10000}}""",
        Text(CacheRequestWriter.Write(1, new CacheKey("n", "k", "v2"), new CacheCommand("put")
        {
            Value = Value.Json("""{"a" : 1.0}"""),
            Ttl = TimeSpan.FromSeconds(1.5),
            Sliding = true,
            IfNotExists = true,
            OpId = "o1",
        }, Timeout)));

    [Fact]
    public void Bytes_go_as_base64_with_their_kind() => Assert.Contains(
        "\"value\":\"AQID\",\"value_kind\":\"bytes\"",
        Text(CacheRequestWriter.Write(1, Key, new CacheCommand("put") { Value = Value.FromBytes(new byte[] { 1, 2, 3 }) }, Timeout)), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, """{"operation_type":"compare_and_swap","expected_revision":5,"new_value":2}""")]
    [InlineData("1", """{"operation_type":"compare_and_swap","expected_value":1,"new_value":2,"conditions":{"if_revision":5}}""")]
    public void Compare_and_swap_is_by_revision_or_by_value(string? expected, string operation) => Assert.Contains(
        "\"atomic_operation\":" + operation,
        Text(CacheRequestWriter.Write(1, Key, new CacheCommand("compare_and_swap")
        {
            Expected = expected is null ? Value.None : Value.Json(expected),
            IfRevision = 5,
            Value = Value.Json("2"),
        }, Timeout)), StringComparison.Ordinal);

    [Fact]
    public void Test_and_set_expects_a_missing_key_as_null() => Assert.Contains(
        """atomic_operation":{"operation_type":"test_and_set","expected_value":null,"new_value":"w1"}""",
        Text(CacheRequestWriter.Write(1, Key, new CacheCommand("test_and_set") { Value = Value.From("w1") }, Timeout)), StringComparison.Ordinal);

    [Fact]
    public void A_structure_operation_carries_the_arguments_that_were_given() => Assert.Contains(
        """operation":"structure","key":{"namespace":"user_sessions","identifier":"session_123"},"structure_operation":{"structure_type":"sorted_set","operation":"get_range","range_spec":{"min_score":1,"max_score":2.5},"limit":3},""",
        Text(CacheRequestWriter.Write(1, Key, new CacheCommand("sorted_set.get_range")
        {
            Structure = new StructureArguments { MinScore = 1, MaxScore = 2.5, Limit = 3 },
        }, Timeout)), StringComparison.Ordinal);

    [Fact]
    public void A_hit_is_read_with_its_entry()
    {
        var reply = CacheResponseReader.Read(Bytes("""
            {"role":"cache-response","u":"c1","timestamp":1700000000.2,"version":"2.0","status":"hit","operation_id":"x","cache_level":"L1",
            "entry":{"key":{"namespace":"user_sessions","identifier":"session_123","version":"v1.0.0","tags":[]},"value":{"user_id": "user_456"},"creation_time":1700000000.1,"access_count":3,
            "last_access_time":1700000000.1,"computation_cost_ms":0,"size_bytes":22,"dependencies":["a:b:c"],"ttl_seconds":60,"revision":1767225600000017},
            "revision":1767225600000017,"performance":{"lookup_time_ms":0.05,"network_hops":0,"cache_efficiency":1.0}}
            """));
        Assert.Equal(CacheOutcome.Hit, reply.Outcome);
        Assert.Equal("""{"user_id": "user_456"}""", reply.Value.ToString());
        Assert.Equal(1767225600000017, reply.Revision);
        Assert.Equal(1_700_000_000_100_000, reply.Entry.CreatedAtUs);
        Assert.Equal((3, 22, TimeSpan.FromSeconds(60)), (reply.Entry.AccessCount, reply.Entry.SizeBytes, reply.Entry.Ttl));
        Assert.Equal(["a:b:c"], reply.Entry.Metadata!.Dependencies);
    }

    [Fact]
    public void A_conflict_is_read_with_the_old_value()
    {
        var reply = CacheResponseReader.Read(Bytes(
            """{"role":"cache-response","u":"1","status":"conflict","error_message":"Test condition failed","error_code":1101,"success":false,"old_value":"aGk=","old_value_kind":"bytes"}"""));
        Assert.Equal((CacheOutcome.Conflict, ErrorCode.ConditionFailed, "Test condition failed"), (reply.Outcome, reply.Error, reply.Message));
        Assert.Equal(Value.FromBytes("hi"u8.ToArray()), reply.OldValue);
    }

    [Fact]
    public void A_soft_failure_of_a_structure_is_an_error_with_its_size()
    {
        var reply = CacheResponseReader.Read(Bytes(
            """{"role":"cache-response","u":"1","status":"error","error_message":"Queue is empty","error_code":1107,"success":false,"value":null,"size":0,"exists":true}"""));
        Assert.Equal((CacheOutcome.Error, ErrorCode.Empty, 0L, true), (reply.Outcome, reply.Error, reply.Size!.Value, reply.Existed));
    }

    [Fact]
    public void Of_a_member_given_twice_the_last_counts() =>
        Assert.Equal(CacheOutcome.Miss, CacheResponseReader.Read(Bytes("""{"status":"hit","st\u0061tus":"miss"}""")).Outcome);

    [Fact]
    public void A_namespace_operation_is_written_and_its_answer_read()
    {
        Assert.Equal(
            """{"role":"cache-request","u":"1","operation":"namespace","namespace_operation":{"operation_type":"clear","namespace":"n","pattern":"expired_*","max_entries":5,"dry_run":true},"options":{"timeout_ms":10000}}""",
            Text(NamespaceWire.Write(1, new NamespaceCommand("clear", "n") { Pattern = "expired_*", MaxEntries = 5, DryRun = true }, Timeout)));
        var reply = NamespaceWire.Read(Bytes("""{"status":"hit","keys":["a","b@v2"],"count":2,"cleared_count":1,"cursor":"next"}"""));
        Assert.Equal((2, 1, "next"), (reply.Count, reply.AffectedCount, reply.Cursor));
        Assert.Equal(["a", "b@v2"], reply.Keys);
        Assert.False(reply.Truncated);
        Assert.True(NamespaceWire.Read(Bytes("""{"status":"hit","keys":["a"],"count":2,"truncated":true}""")).Truncated);
        reply = NamespaceWire.Read(Bytes("""{"status":"timeout","error_message":"m","error_code":1005,"cleared_count":7}"""));
        Assert.Equal((ErrorCode.Timeout, "m", 7), (reply.Error, reply.Message, reply.AffectedCount));
        var own = new NamespaceCommand("count", "n") { Timeout = TimeSpan.FromSeconds(1) };
        Assert.EndsWith("""{"timeout_ms":1000}}""", Text(NamespaceWire.Write(1, own, Timeout)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_publish_is_written_and_acknowledged()
    {
        Assert.Equal(
            """{"role":"pubsub-publish","u":"2","op_id":"7f","message":{"topic":"orders.eu","payload":{"x":1},"timestamp":1700000000.1,"message_id":"m1","publisher":"go-client","headers":{"a":"b"}}}""",
            Text(TopicRequestWriter.Publish(2, new TopicMessage("orders.eu", Value.Json("""{"x":1}"""))
            {
                Timestamp = 1700000000.1,
                MessageId = "m1",
                Publisher = "go-client",
                Headers = Value.Json("""{"a":"b"}"""),
            }, "7f")));
        var reply = TopicResponseReader.Published(Bytes("""
            {"role":"pubsub-ack","operation_id":"pub-1","success":true,"error":null,"u":"ack_pub-1","epoch":1767225600000001,"offset":41,"receivers":3,"durability":"commit","message_id":"m1","appended_at":1700000000.123456}
            """));
        Assert.Equal(new PublishReply
        {
            Epoch = 1767225600000001,
            Offset = 41,
            Receivers = 3,
            Durability = Durability.Commit,
            MessageId = "m1",
            AppendedAtUs = 1_700_000_000_123_456,
        }, reply);
    }

    [Fact]
    public void A_failed_acknowledgement_has_its_code_beside_the_text()
    {
        var reply = TopicResponseReader.Published(Bytes("""{"role":"pubsub-ack","operation_id":"1","success":false,"error":"The name is the server's.","code":1203,"u":"ack_1"}"""));
        Assert.Equal((ErrorCode.TopicReserved, "The name is the server's."), (reply.Error, reply.Message));
    }

    [Theory]
    [InlineData(StartKind.New, "\"new\"")]
    [InlineData(StartKind.Last, "\"last\"")]
    [InlineData(StartKind.Offset, """{"offset":-3}""")]
    [InlineData(StartKind.Time, """{"time":1700000000.123456}""")]
    [InlineData(StartKind.Resume, """{"resume":{"a.b":[9,4]},"time":1700000000.123456}""")]
    public void Each_start_is_written(StartKind start, string expected) => AssertStart(expected, StartingAt(start));

    [Theory]
    [InlineData(StartKind.New, "\"new\"")]
    [InlineData(StartKind.Last, "\"last\"")]
    [InlineData(StartKind.Offset, """{"offset":-3}""")]
    [InlineData(StartKind.Time, """{"time":1700000000.123456}""")]
    public void A_start_that_is_resumed_is_written_with_the_positions_and_the_time_of_the_first(StartKind start, string expected) => AssertStart(
        $$$"""{"resume":{"a.b":[9,4]},"time":1700000007.5,"from":{{{expected}}}}""", StartingAt(start) with { AsOfUs = 1_700_000_007_500_000 });

    [Fact]
    public void The_backlog_of_a_start_that_is_resumed_is_bounded_as_before() => Assert.Contains(
        "\"from\":{\"time\":1700000000.123456}},\"backlog_count\":2",
        Text(TopicRequestWriter.Subscribe(1, StartingAt(StartKind.Time) with { AsOfUs = 1, BacklogCount = 2 })),
        StringComparison.Ordinal);

    [Fact]
    public void A_notification_is_read()
    {
        var delivery = DeliveryReader.Notification(Bytes("""
            {"role":"pubsub-notification","message":{"topic":"orders.eu","payload":{"x": 1},"timestamp":1700000000.1,"message_id":"m1","publisher":"go-client","headers":{},"routing_path":null,"current_hop":null},
            "subscription_id":"s1","u":"backlog_m1_s1","epoch":1767225600000001,"offset":41,"appended_at":1700000000.123456}
            """));
        Assert.Equal(("orders.eu", 1767225600000001, true), (delivery.Topic, delivery.Epoch, delivery.Backlog));
        Assert.Equal((41, 1_700_000_000_123_456), (delivery.Record!.Offset, delivery.Record.AppendedAtUs));
        Assert.Equal(new TopicMessage("orders.eu", Value.Json("""{"x": 1}""")) { MessageId = "m1", Publisher = "go-client", Timestamp = 1700000000.1 }, delivery.Record.Message);
    }

    [Fact]
    public void A_gap_of_a_new_epoch_has_no_end()
    {
        var delivery = DeliveryReader.Gap(Bytes(
            """{"role":"gap","subscription_id":"s1","topic":"t","epoch":1,"from":42,"to":null,"missed":null,"reason":"new_epoch","next_epoch":2,"next_offset":0,"u":"gap_s1_42"}"""));
        Assert.Equal(new TopicGap(GapReason.NewEpoch, 1, 42, -1, 2, 0), delivery.Gap);
    }

    [Fact]
    public void A_description_is_read()
    {
        var reply = TopicResponseReader.Operated(Bytes("""
            {"role":"topic-response","u":"1","success":true,"error":null,"topics":[{"topic":"t","epoch":3,"first_offset":1,"next_offset":4,"messages":3,"bytes":99,"subscriptions":2,"declared":true,
            "retention":{"messages_max":10,"bytes_max":20,"age_seconds_max":30,"refuse_when_full":true}}],"cursor":null}
            """));
        Assert.Equal(new TopicDescription("t")
        {
            Epoch = 3,
            FirstOffset = 1,
            NextOffset = 4,
            Bytes = 99,
            Subscriptions = 2,
            Declared = true,
            Retention = new TopicRetention { MessagesMax = 10, BytesMax = 20, AgeMax = TimeSpan.FromSeconds(30), RefuseWhenFull = true },
        }, Assert.Single(reply.Topics));
    }

    [Fact]
    public void A_single_call_has_a_name_that_no_argument_refers_to() => Assert.Equal(
        """{"role":"rpc","u":"1","cmds":[{"name":".call","fun":"echo","args":["hi"],"kwargs":{"a":1},"locs":["gpu"],"target":"c9"}],"timeout_ms":1500,"stream":true}""",
        Text(FunctionRequestWriter.Call(1, new FunctionCall("echo")
        {
            Arguments = Value.Json("""["hi"]"""),
            Keywords = Value.Json("""{"a":1}"""),
            Locs = ["gpu"],
            Target = new ConnectionId("c9"),
            Timeout = TimeSpan.FromMilliseconds(1500),
        }, stream: true)));

    [Fact]
    public void A_graph_is_written_with_explicit_references()
    {
        var graph = new CallGraphBuilder();
        var a = graph.Call("a", "load", 7);
        graph.Call("b", "resize", a.At("items.0"), "a");
        Assert.Equal(
            """{"role":"rpc","u":"1","cmds":[{"name":"a","fun":"load","args":[7]},{"name":"b","fun":"resize","args":[{"$ref":"a.items.0"},"a"]}],"refs":"explicit"}""",
            Text(FunctionRequestWriter.Graph(1, graph.Build())));
    }

    [Fact]
    public void A_failed_call_is_read_with_its_details()
    {
        var reply = FunctionResponseReader.SingleResponse(Bytes(
            """{"role":"rpc-response","r":null,"error":{"code":1001,"message":"Command not found","details":"Command not found: nope"},"u":"req-2","intermediate_results":[],"execution_summary":null}"""));
        Assert.Equal((ErrorCode.FunctionNotFound, "Command not found", "Command not found: nope"), (reply.Error, reply.Message, reply.Details));
    }

    [Fact]
    public void The_results_of_a_graph_keep_their_order()
    {
        var reply = FunctionResponseReader.Response(Bytes("""{"role":"rpc-response","r":{"b":1,"a":{"x":[2]}},"error":null,"u":"1","intermediate_results":[],"execution_summary":null}"""));
        Assert.Equal(["b", "a"], reply.Results.Select(r => r.Key));
        Assert.Equal("""{"x":[2]}""", reply.Results[1].Value.ToString());
    }

    [Fact]
    public void Results_and_errors_of_offered_functions_are_written()
    {
        Assert.Equal("""{"role":"rpc-result","u":"c-81","result":{"ok":true}}""", Text(FunctionRequestWriter.Result("c-81", CallReply.Ok(Value.Json("""{"ok":true}""")))));
        Assert.Equal(
            """{"role":"rpc-result","u":"c-81","error":{"code":1008,"message":"Busy"}}""",
            Text(FunctionRequestWriter.Result("c-81", CallReply.Fail(ErrorCode.Busy, "Busy"))));
    }

    [Theory]
    [InlineData("""{"role":"cache-response","u":"12","status":"miss"}""", IncomingKind.Answer, 12)]
    [InlineData("""{"role":"pubsub-ack","operation_id":"13","u":"ack_13"}""", IncomingKind.Answer, 13)]
    [InlineData("""{"role":"rpc-response","u":"unknown"}""", IncomingKind.Answer, 0)]
    [InlineData("""{"role":"rpc-progress","u":"14"}""", IncomingKind.Progress, 14)]
    [InlineData("""{"u":"1","role":"something-later"}""", IncomingKind.Unknown, 0)]
    internal void A_message_is_matched_to_its_request(string message, IncomingKind kind, long request)
    {
        var incoming = Incoming.Read(Bytes(message));
        Assert.Equal((kind, request), (incoming.Kind, incoming.Request));
    }

    [Fact]
    public void A_lone_surrogate_does_no_harm() =>
        Assert.Equal("""a\ud800""", JsonScalar.Text(Bytes("""
            "a\ud800"
            """)));

    private static SubscribeCommand StartingAt(StartKind start) => new("s1", [new TopicPattern("orders.#")])
    {
        Subscriber = "me",
        Start = start,
        StartOffset = -3,
        StartAtUs = 1_700_000_000_123_456,
        Resume = ImmutableDictionary<string, TopicPosition>.Empty.Add("a.b", new TopicPosition(9, 4)),
        Rule = SlowReaderRule.KeepLatest,
        QueueMessagesMax = 7,
        Presence = true,
    };

    private static void AssertStart(string expected, SubscribeCommand command) => Assert.Equal(
        $$$"""{"role":"pubsub-subscribe","u":"1","subscription":{"subscription_id":"s1","patterns":[{"pattern":"orders.#","exact_match":false}],"subscriber":"me","start":{{{expected}}},"slow_reader":"keep_latest","queue_messages_max":7,"presence":true}}""",
        Text(TopicRequestWriter.Subscribe(1, command)));

    private static string Text(byte[] message) => Encoding.UTF8.GetString(message);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text.Trim());
}
