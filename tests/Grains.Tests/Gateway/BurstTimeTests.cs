using System.Text.Json;

namespace Grains.Tests.Gateway;

/// <summary>Requests that come at once share looks at the clock; what each is told of its time is its own.</summary>
public sealed class BurstTimeTests : IAsyncLifetime
{
    private readonly Door _door = new();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _door.DisposeAsync();

    [Fact]
    public async Task A_request_of_a_burst_is_told_its_own_time_and_not_what_came_before_it()
    {
        var client = _door.Connect();
        // The engine's time is all there is: 3 ms for a get, 7 for a publish.
        _door.Engine.Gate = what =>
        {
            _door.Time.Advance(TimeSpan.FromMilliseconds(what.StartsWith("get", StringComparison.Ordinal) ? 3 : 7));
            return null;
        };
        const string Get = """{"role":"cache-request","u":"g","operation":"get","key":{"namespace":"n","identifier":"k"}}""";
        const string Publish = """{"role":"pubsub-publish","u":"p","message":{"topic":"t","payload":1}}""";
        var put = await client.AskAsync("""{"role":"cache-request","u":"s","operation":"put","key":{"namespace":"n","identifier":"k"},"value":1}""");
        var numbers = new List<string> { Number(put) };
        await client.SendAsync(Get, Get, Publish, Get.Replace("\"k\"", "\"none\"", StringComparison.Ordinal), Get);
        foreach (var status in new[] { "hit", "hit", null, "miss", "hit" })
        {
            var answer = await client.ReadAsync();
            if (status is null)
                continue;
            Assert.Equal(status, answer.GetProperty("status").GetString());
            Assert.Equal(3.0, answer.GetProperty("performance").GetProperty("lookup_time_ms").GetDouble());
            Assert.Equal(_door.Time.NowUs() / 1e6, answer.GetProperty("timestamp").GetDouble(), tolerance: 0.02);
            numbers.Add(Number(answer));
        }

        Assert.Equal(["1", "2", "3", "4", "5"], numbers);

        await client.SendAsync(Publish, Get);
        Assert.Equal("ack_p", (await client.ReadAsync()).GetProperty("u").GetString());
        _door.Time.Advance(TimeSpan.FromMinutes(1));
        var last = await client.ReadAsync();
        Assert.Equal(3.0, last.GetProperty("performance").GetProperty("lookup_time_ms").GetDouble());
        // Nor what lies between two bursts.
        last = await client.AskAsync(Get);
        Assert.Equal(3.0, last.GetProperty("performance").GetProperty("lookup_time_ms").GetDouble());
    }

    [Fact]
    public async Task A_message_of_a_burst_has_the_time_of_the_burst_and_not_of_what_was_remembered_by_its_op_id()
    {
        const string Kept = """{"role":"pubsub-publish","u":"k","op_id":"known","message":{"topic":"t","payload":1}}""";
        const string Plain = """{"role":"pubsub-publish","u":"p","message":{"topic":"t","payload":2}}""";
        var reader = _door.Connect();
        await reader.AskAsync("""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s","patterns":["t"]}}""");
        await _door.Connect().SendAsync(Plain, Kept, Plain, Plain);

        for (var messages = 0; messages < 3; messages++)
        {
            var message = (await reader.ReadAsync()).GetProperty("message");
            Assert.Equal(_door.Time.NowUs() / 1e6, message.GetProperty("timestamp").GetDouble(), tolerance: 0.02);
        }
    }

    [Fact]
    public async Task Answers_are_numbered_as_they_leave_late_ones_among_those_given_at_once()
    {
        var client = _door.Connect();
        TaskCompletionSource[] waiting = [new(), new(), new()];
        var gates = new Queue<TaskCompletionSource>(waiting);
        _door.Engine.Gate = what => what.Contains("slow", StringComparison.Ordinal) ? gates.Dequeue().Task : null;

        await client.SendAsync(Get("slow1"), Get("k"), Get("slow2"), Get("k"), Get("slow3"));
        var answered = new List<(string, string)> { await NextAsync(), await NextAsync() };
        waiting[1].SetResult();
        answered.Add(await NextAsync());
        await client.SendAsync(Get("k"));
        answered.Add(await NextAsync());
        waiting[0].SetResult();
        answered.Add(await NextAsync());
        waiting[2].SetResult();
        answered.Add(await NextAsync());

        Assert.Equal([("k", "1"), ("k", "2"), ("slow2", "3"), ("k", "4"), ("slow1", "5"), ("slow3", "6")], answered);

        static string Get(string key) => $$$"""{"role":"cache-request","u":"{{{key}}}","operation":"get","key":{"namespace":"n","identifier":"{{{key}}}"}}""";

        async Task<(string, string)> NextAsync()
        {
            var answer = await client.ReadAsync();
            return (answer.GetProperty("u").GetString()!, Number(answer));
        }
    }

    private static string Number(JsonElement answer) => answer.GetProperty("operation_id").GetString()!.Split('-')[^1];
}
