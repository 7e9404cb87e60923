using System.Net;
using System.Text;
using System.Text.Json;
using Grains.Client;
using Grains.Gateway.Connections;
using Grains.Gateway.Hosting;
using Grains.Gateway.Protocols.Native.Topics;
using Grains.Gateway.Transports.Tcp;
using Grains.Tests.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Tests.Hosting;

/// <summary>No message that the server sends is longer than the limit it announces: what would be is shorter, or says why it is not there.</summary>
public sealed class SentMessageLimitTests
{
    private const int Limit = 64 * 1024;
    private const string Key = """
        "key":{"namespace":"n","identifier":"k"},"options":{"include_metadata":false}
        """;

    public static TheoryData<string> Transports => ["tcp", "ws"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_message_past_the_limit_is_taken_back_and_another_goes_in_its_place(int more, bool fits)
    {
        var output = new OutputBuffer(new LengthPrefixFraming(100), 1_000, 100);
        using (var frame = output.Begin(5_000))
        {
            frame.Writer.Raw(new byte[100 + more]);
            Assert.Equal(fits, frame.Commit());
            if (!fits)
            {
                frame.Writer.Raw("shorter"u8);
                Assert.True(frame.Commit());
            }
        }

        Assert.True(output.TryTake(out var bytes, out _));
        Assert.Equal(fits ? 104 : 11, bytes.Length);
        Assert.Equal(bytes.Length - 4, bytes.Span[3]);
    }

    [Theory]
    [InlineData(32 * 1024, 0)]
    [InlineData((32 * 1024) - 1, 1)]
    public void The_limit_leaves_room_for_every_refusal(int limit, int errors) =>
        Assert.Equal(errors, new GatewayLimits { MessageBytesMax = limit }.Validate().Count);

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_get_at_the_limit_is_whole_and_one_byte_past_it_an_error(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        await WarmUpAsync(client);
        await PutAsync(client, 40_000);
        var rest = (await GetAsync(client)).Bytes - 40_000;
        await PutAsync(client, Limit - rest);
        var whole = await GetAsync(client);
        Assert.Equal((Limit, "hit"), (whole.Bytes, Status(whole)));
        await PutAsync(client, Limit - rest + 1);
        var none = await GetAsync(client);
        Assert.Equal(("error", 1310), (Status(none), none.Json.GetProperty("error_code").GetInt32()));
        Assert.Equal("miss", Status(await AskAsync(client, """{"role":"cache-request","u":"1","operation":"get","key":{"namespace":"n","identifier":"other"}}""")));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_atomic_answer_at_the_limit_is_whole_and_one_byte_past_it_lacks_the_old_value(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        await WarmUpAsync(client);
        var rest = (await AppendAsync(client, 10_000, 1)).Bytes - 30_002;
        var more = 1 + (Enumerable.Range(0, 3).First(m => (Limit - rest - (2 * (m + 1))) % 3 == 0));
        var length = (Limit - rest - (2 * more)) / 3;
        var whole = await AppendAsync(client, length, more);
        Assert.Equal(Limit, whole.Bytes);
        Assert.Equal([], Omitted(whole));
        var past = await AppendAsync(client, length - 1, more + 2);
        Assert.Equal(["old_value"], Omitted(past));
        Assert.Equal(length + more + 1, past.Json.GetProperty("new_value").GetString()!.Length);
        Assert.Equal(length + more + 1, past.Json.GetProperty("entry").GetProperty("value").GetString()!.Length);
    }

    [Theory]
    [InlineData("tcp", 25_000, "old_value")]
    [InlineData("ws", 40_000, "old_value new_value")]
    [InlineData("tcp", Limit - 220, "old_value new_value entry.value")]
    public async Task An_atomic_answer_lacks_no_more_than_it_must_and_never_status_and_revision(string transport, int length, string omitted)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        var answer = await AppendAsync(client, length, 1);
        Assert.Equal(omitted.Split(' '), Omitted(answer));
        Assert.True(answer.Json.GetProperty("success").GetBoolean());
        Assert.True(answer.Json.GetProperty("revision").GetInt64() > 0);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_put_and_a_conflict_tell_their_outcome_without_a_value_that_does_not_fit(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        Assert.Equal(["entry.value"], Omitted(await PutAsync(client, Limit - 200)));
        var lost = await AskAsync(client, $$"""{"role":"cache-request","u":"1","operation":"atomic",{{Key}},"atomic_operation":{"operation_type":"test_and_set","expected_value":1,"new_value":2} }""");
        Assert.Equal("conflict", Status(lost));
        Assert.Equal(["old_value"], Omitted(lost));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Text_that_grows_by_escaping_counts_as_it_is_sent(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        var put = await AskAsync(client, $$"""{"role":"cache-request","u":"1","operation":"put",{{Key}},"value":"{{Backspaces(20_000)}}","value_kind":"text"}""");
        Assert.Equal(["entry.value"], Omitted(put));
        Assert.Equal(1310, (await GetAsync(client)).Json.GetProperty("error_code").GetInt32());
        var text = await PublishAsync(client, Backspaces(10_000), "text");
        Assert.Equal((false, 1302), (text.Json.GetProperty("success").GetBoolean(), text.Json.GetProperty("code").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_publish_at_its_limit_reaches_the_longest_subscription_id_and_one_byte_more_is_refused(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        await using var subscriber = await ConnectAsync(server, transport);
        await SubscribeAsync(subscriber, string.Concat(Enumerable.Repeat("\\u0001", 1024)));
        var length = MessageSize.BytesMax(Limit) - 256 - "'t''m''m'null''".Length;
        Assert.True((await PublishAsync(client, new string('x', length))).Json.GetProperty("success").GetBoolean());
        Assert.Equal(length, (await ReadAsync(subscriber)).Json.GetProperty("message").GetProperty("payload").GetString()!.Length);
        var refused = await PublishAsync(client, new string('x', length + 1));
        Assert.Equal(1302, refused.Json.GetProperty("code").GetInt32());
        await PublishAsync(client, "next");
        Assert.Equal("next", (await ReadAsync(subscriber)).Json.GetProperty("message").GetProperty("payload").GetString());
        var page = await AskAsync(client, """{"role":"topic-consume","u":"1","topic":"t"}""");
        Assert.Equal(1, page.Json.GetProperty("messages").GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_message_that_a_program_in_the_server_published_too_long_is_told_as_a_gap_of_its_own(string transport)
    {
        await using var server = await StartAsync();
        await using var subscriber = await ConnectAsync(server, transport);
        await SubscribeAsync(subscriber, "s");
        await using var client = await GrainsClient.ConnectAsync(server.AddressOf(transport).ToString());
        await using var subscription = await client.Topics.SubscribeAsync("t", TopicStart.New, cancellationToken: Token);
        await server.Grains.Topics.PublishAsync("t", 0, cancellationToken: Token);
        await server.Grains.Topics.PublishAsync("t", new string('x', Limit), cancellationToken: Token);
        await server.Grains.Topics.PublishAsync("t", new string('x', Limit - 300), cancellationToken: Token);
        await server.Grains.Topics.PublishAsync("t", 3, cancellationToken: Token);

        Assert.Equal(0, (await ReadAsync(subscriber)).Json.GetProperty("offset").GetInt32());
        foreach (var offset in (int[])[1, 2])
        {
            var gap = (await ReadAsync(subscriber)).Json;
            Assert.Equal(("gap", "too_large", offset, 1, offset + 1),
                (Text(gap, "role"), Text(gap, "reason"), Int(gap, "from"), Int(gap, "missed"), Int(gap, "next_offset")));
        }

        Assert.Equal(3, (await ReadAsync(subscriber)).Json.GetProperty("offset").GetInt32());
        await using var deliveries = subscription.GetAsyncEnumerator(Token);
        var seen = new List<string>();
        while (seen.Count < 4 && await deliveries.MoveNextAsync())
            seen.Add(deliveries.Current.Gap is { } gap ? $"{gap.Reason} {gap.From}" : $"{deliveries.Current.Record!.Offset}");
        Assert.Equal(["0", "TooLarge 1", "TooLarge 2", "3"], seen);

        var page = await AskAsync(subscriber, """{"role":"topic-consume","u":"1","topic":"t"}""");
        Assert.Equal((1, 1), (page.Json.GetProperty("messages").GetArrayLength(), Int(page.Json, "next_offset")));
        var none = await AskAsync(subscriber, """{"role":"topic-consume","u":"1","topic":"t","offset":1}""");
        Assert.Equal(1310, none.Json.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("the next is at 2", none.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_page_of_messages_ends_where_the_next_would_not_fit(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        for (var i = 0; i < 6; i++)
            Assert.True((await PublishAsync(client, Backspaces(5_000), "text")).Json.GetProperty("success").GetBoolean());
        var counts = new List<int>();
        for (var next = 0; next < 6;)
        {
            var page = await AskAsync(client, $$"""{"role":"topic-consume","u":"1","topic":"t","offset":{{next}}}""");
            counts.Add(page.Json.GetProperty("messages").GetArrayLength());
            next = Int(page.Json, "next_offset");
        }

        Assert.Equal([2, 2, 2], counts);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_list_of_topics_ends_where_the_next_would_not_fit_and_goes_on_from_its_cursor(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        for (var i = 0; i < 100; i++)
            await AskAsync(client, $$"""{"role":"topic-create","u":"1","topic":"{{i:000}}{{new string('x', 1_000)}}"}""");
        var names = new List<string?>();
        var pages = 0;
        for (string? cursor = ""; cursor is not null; pages++)
        {
            var page = await AskAsync(client, $$"""{"role":"topic-list","u":"1","cursor":"{{cursor}}"}""");
            names.AddRange(page.Json.GetProperty("topics").EnumerateArray().Select(topic => Text(topic, "topic")));
            cursor = page.Json.GetProperty("cursor").GetString();
        }

        Assert.Equal((100, 100), (names.Count, names.Distinct().Count()));
        Assert.InRange(pages, 2, 4);
    }

    [Fact]
    public async Task Presence_that_does_not_fit_is_an_error()
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, "tcp");
        for (var i = 0; i < 70; i++)
            await SubscribeAsync(client, $"{i}{new string('x', 1_000)}");
        var answer = await AskAsync(client, """{"role":"topic-presence","u":"1","topic":"t"}""");
        Assert.Equal(1310, answer.Json.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_result_at_the_limit_is_whole_and_one_byte_past_it_an_error(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        var rest = (await EchoAsync(client, 1_000)).Bytes - 1_000;
        var whole = await EchoAsync(client, Limit - rest);
        Assert.Equal((Limit, JsonValueKind.Null), (whole.Bytes, whole.Json.GetProperty("error").ValueKind));
        Assert.Equal(1310, Code(await EchoAsync(client, Limit - rest + 1)));
        Assert.Equal(JsonValueKind.Null, (await EchoAsync(client, 2)).Json.GetProperty("error").ValueKind);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Intermediate_results_that_do_not_fit_are_an_error_and_the_same_call_without_them_is_answered(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        string Graph(bool intermediate) =>
            $$"""{"role":"rpc","u":"1","return_intermediate_results":{{(intermediate ? "true" : "false")}},"cmds":[{"name":"a","fun":"echo","args":["{{new string('x', 20_000)}}"]},{"name":"b","fun":"echo","args":["a"]}]}""";
        Assert.Equal(1310, Code(await AskAsync(client, Graph(true))));
        Assert.Equal(20_000, (await AskAsync(client, Graph(false))).Json.GetProperty("r").GetProperty("b").GetString()!.Length);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_error_that_quotes_a_message_is_cut_and_keeps_its_code(string transport)
    {
        await using var server = await StartAsync();
        await using var client = await ConnectAsync(server, transport);
        var name = new string('x', Limit - 100);
        Assert.Equal(1001, Code(await AskAsync(client, $$"""{"role":"rpc","u":"1","cmds":[{"name":"x","fun":"{{name}}"}]}""")));
        var cache = await AskAsync(client, $$"""{"role":"cache-request","u":"1","operation":"{{name}}"}""");
        Assert.Equal("error", Status(cache));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_call_whose_invocation_is_one_byte_too_long_is_refused_and_has_not_run(string transport)
    {
        await using var server = await StartAsync();
        await using var caller = await ConnectAsync(server, transport);
        await using var provider = await ConnectAsync(server, transport);
        await AskAsync(provider, """{"role":"rpc-register","u":"1","function":{"fun":"f"}}""");
        var invoked = ReadAsync(provider);
        async Task<int?> InvokeAsync(int length)
        {
            var answered = AskAsync(caller, $$"""{"role":"rpc","u":"1","cmds":[{"name":"x","fun":"f","args":["{{new string('x', length)}}"]}]}""");
            if (await Task.WhenAny(invoked, answered) == answered)
            {
                Assert.Equal(1302, Code(await answered));
                return null;
            }

            var (invocation, bytes) = await invoked;
            invoked = ReadAsync(provider);
            await SendAsync(provider, $$"""{"role":"rpc-result","u":"{{Text(invocation, "u")}}","result":1}""");
            Assert.Equal(JsonValueKind.Null, (await answered).Json.GetProperty("error").ValueKind);
            return bytes;
        }

        // The call's id has a number in it, which may grow a digit meanwhile.
        var rest = (await InvokeAsync(40_000))!.Value - 40_000;
        var sizes = new List<int?>();
        for (var length = Limit - rest - 3; length <= Limit - rest + 3; length++)
            sizes.Add(await InvokeAsync(length));
        Assert.Contains(Limit, sizes);
        Assert.Null(sizes[^1]);
        Assert.NotNull(await InvokeAsync(2));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_streamed_item_that_is_too_long_ends_its_call(string transport)
    {
        await using var server = await StartAsync();
        await using var caller = await ConnectAsync(server, transport);
        await using var provider = await ConnectAsync(server, transport);
        await AskAsync(provider, """{"role":"rpc-register","u":"1","function":{"fun":"f"}}""");
        var u = new string('u', 1_000);
        await SendAsync(caller, $$"""{"role":"rpc","u":"{{u}}","stream":true,"cmds":[{"name":"x","fun":"f"}]}""");
        var call = Text((await ReadAsync(provider)).Json, "u");
        await SendAsync(provider, $$"""{"role":"rpc-progress","u":"{{call}}","value":"fits"}""");
        Assert.Equal("fits", Text((await ReadAsync(caller)).Json, "value"));
        await SendAsync(provider, $$"""{"role":"rpc-progress","u":"{{call}}","value":"{{new string('x', Limit - 200)}}"}""");
        Assert.Equal(1310, Code(await ReadAsync(caller)));
        Assert.Equal("rpc-cancel", Text((await ReadAsync(provider)).Json, "role"));
    }

    [Fact]
    public async Task A_list_of_functions_ends_at_a_MiB_and_goes_on_from_its_token()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server, "tcp");
        for (var i = 0; i < 300; i++)
            await AskAsync(client, $$"""{"role":"rpc-register","u":"1","function":{"fun":"f{{i:000}}","description":"{{new string('x', 4_096)}}"} }""", 20 * Limit);
        var first = await ListAsync("");
        Assert.InRange(first.Bytes, 1024 * 1024, (1024 * 1024) + 8_192);
        var token = Text(first.Items, "next_page_token");
        var second = await ListAsync($",\"page_token\":{JsonSerializer.Serialize(token)}");
        Assert.Equal(JsonValueKind.Null, second.Items.GetProperty("next_page_token").ValueKind);
        Assert.Equal(300, first.Items.GetProperty("items").GetArrayLength() + second.Items.GetProperty("items").GetArrayLength());

        async Task<(JsonElement Items, int Bytes)> ListAsync(string more)
        {
            var answer = await AskAsync(client, $$"""{"role":"rpc","u":"1","cmds":[{"name":"x","fun":"rpc_list","args":[{"pattern":"f*","limit":1000{{more}}}]}]}""", 20 * Limit);
            return (answer.Json.GetProperty("r").GetProperty("x"), answer.Bytes);
        }
    }

    /// <summary>A server whose cache takes longer values than its settings would allow: they see to it that a value fits a message, and here it
    /// is what happens when one does not that is looked at.</summary>
    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(new Dictionary<string, string> { ["Limits:MessageBytesMax"] = $"{Limit}" }, manualTime: true);
        server.Services.GetRequiredService<GrainsSettings>().Cache.ValueBytesMax = 2 * Limit;
        return server;
    }

    private static async Task<IRawClient> ConnectAsync(TestServer server, string transport) => transport == "tcp"
        ? await RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port), cancellationToken: Token)
        : await RawWsClient.ConnectAsync(server.Ws, Token);

    private static ValueTask SendAsync(IRawClient client, string json) => client.SendAsync(Encoding.UTF8.GetBytes(json), Token);

    /// <summary>The next message, which is never past the limit.</summary>
    private static async Task<(JsonElement Json, int Bytes)> ReadAsync(IRawClient client, int limit = Limit)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var bytes = await client.ReceiveAsync(patience.Token);
        Assert.True(bytes is not null, "The server has closed.");
        Assert.InRange(bytes.Length, 2, limit);
        return (JsonElement.Parse(bytes), bytes.Length);
    }

    private static async Task<(JsonElement Json, int Bytes)> AskAsync(IRawClient client, string json, int limit = Limit)
    {
        await SendAsync(client, json);
        return await ReadAsync(client, limit);
    }

    /// <summary>Answers are numbered: from the tenth on their numbers have two digits, and so the same length.</summary>
    private static async Task WarmUpAsync(IRawClient client)
    {
        for (var i = 0; i < 10; i++)
            await GetAsync(client);
    }

    private static Task<(JsonElement Json, int Bytes)> GetAsync(IRawClient client) =>
        AskAsync(client, $$"""{"role":"cache-request","u":"1","operation":"get",{{Key}}}""");

    private static Task<(JsonElement Json, int Bytes)> PutAsync(IRawClient client, int length) =>
        AskAsync(client, $$"""{"role":"cache-request","u":"1","operation":"put",{{Key}},"value":"{{new string('x', length)}}"}""");

    /// <summary>Appends so many characters to a value of so many others.</summary>
    private static async Task<(JsonElement Json, int Bytes)> AppendAsync(IRawClient client, int length, int more)
    {
        await PutAsync(client, length);
        return await AskAsync(client,
            $$"""{"role":"cache-request","u":"1","operation":"atomic",{{Key}},"atomic_operation":{"operation_type":"append","new_value":"{{new string('y', more)}}"} }""");
    }

    private static Task<(JsonElement Json, int Bytes)> EchoAsync(IRawClient client, int length) =>
        AskAsync(client, $$"""{"role":"rpc","u":"1","cmds":[{"name":"x","fun":"echo","args":["{{new string('x', length)}}"]}]}""");

    private static Task<(JsonElement Json, int Bytes)> PublishAsync(IRawClient client, string payload, string kind = "json") => AskAsync(client,
        $$"""{"role":"pubsub-publish","u":"1","message":{"topic":"t","message_id":"m","payload":"{{payload}}","payload_kind":"{{kind}}"} }""");

    private static Task<(JsonElement Json, int Bytes)> SubscribeAsync(IRawClient client, string id) => AskAsync(client,
        $$"""{"role":"pubsub-subscribe","u":"1","subscription":{"subscription_id":"{{id}}","patterns":["t"],"start":"new"} }""");

    /// <summary>As JSON two bytes each; as text they are sent in six.</summary>
    private static string Backspaces(int count) => string.Concat(Enumerable.Repeat("\\b", count));

    private static string? Status((JsonElement Json, int Bytes) answer) => Text(answer.Json, "status");

    private static int Code((JsonElement Json, int Bytes) answer) => answer.Json.GetProperty("error").GetProperty("code").GetInt32();

    private static string[] Omitted((JsonElement Json, int Bytes) answer) => answer.Json.TryGetProperty("omitted", out var omitted)
        ? [.. omitted.EnumerateArray().Select(name => name.GetString()!)]
        : [];

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static int Int(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
