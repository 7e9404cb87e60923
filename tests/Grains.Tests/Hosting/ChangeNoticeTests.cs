using System.Net;
using System.Text.Json.Nodes;
using Grains.Tests.Faults;

namespace Grains.Tests.Hosting;

public sealed class ChangeNoticeTests
{
    [Fact]
    public async Task A_put_tells_its_change_once_and_nothing_else_does()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server);
        const string Notify = "\"options\":{\"notify_on_change\":true,\"notification_topic\":\"told\"}";
        const string Key = "\"role\":\"cache-request\",\"key\":{\"namespace\":\"n\",\"identifier\":\"a\"}";
        string Put(string op) => $"{Key},\"op_id\":\"{op}\",\"operation\":\"put\",\"value\":1,{Notify}";

        var first = await client.RequestAsync(Put("one"));
        await client.RequestAsync(Put("one"));
        await client.RequestAsync($"{Key},\"operation\":\"get\",{Notify}");
        var second = await client.RequestAsync(Put("two"));
        var told = await server.Grains.Topics.ReadAsync(new ReadCommand("told", 0, 0), TestContext.Current.CancellationToken);

        Assert.Equal(2, told.Records.Length);
        var change = JsonNode.Parse(told.Records[1].Message.Payload.Bytes.Span)!;
        Assert.Equal(first.GetProperty("revision").GetInt64(), change["old_revision"]!.GetValue<long>());
        Assert.Equal(second.GetProperty("revision").GetInt64(), change["new_revision"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_condition_that_is_not_known_is_refused_rather_than_passed_over()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server);

        var answer = await client.RequestAsync(
            """ "role":"cache-request","operation":"put","key":{"namespace":"n","identifier":"a"},"value":1,"conditions":{"if_not_exist":true} """);

        Assert.Equal("error", answer.GetProperty("status").GetString());
        Assert.Equal(1002, answer.GetProperty("error_code").GetInt32());
    }

    [Fact]
    public async Task An_invalidation_that_is_no_text_does_nothing_and_the_next_one_acts()
    {
        await using var server = await TestServer.StartAsync(new Dictionary<string, string> { ["InvalidationTopics"] = "true" });
        var cache = server.Grains.Cache;
        await cache.PutAsync(("models", "ml.1"), 1, cancellationToken: TestContext.Current.CancellationToken);
        var topic = "cache.invalidation.pattern.x";
        await server.Grains.Topics.PublishAsync(new TopicMessage(topic, Value.Json("""{"pattern":"\ud800"}""")), cancellationToken: TestContext.Current.CancellationToken);
        await server.Grains.Topics.PublishAsync(
            new TopicMessage(topic, Value.Json("""{"pattern":"ml.*","namespace":"models"}""")), cancellationToken: TestContext.Current.CancellationToken);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await cache.ExistsAsync(("models", "ml.1"), patience.Token))
            await Task.Yield();
    }

    private static async Task<WireSession> ConnectAsync(TestServer server) => new(
        await RawTcpClient.ConnectAsync(IPEndPoint.Parse(server.Tcp.Authority), cancellationToken: TestContext.Current.CancellationToken));
}
