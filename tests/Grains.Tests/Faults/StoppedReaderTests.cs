using System.Text.Json;
using Grains.Engine;
using Grains.Local;
using Grains.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Tests.Faults;

/// <summary>Readers that stop: the server holds no more for them than it says, tells exactly what they missed, and other readers notice nothing.</summary>
[Collection(nameof(Alone))]
public sealed class StoppedReaderTests
{
    private const string Topic = "stopped.reader";
    private const int QueueMessagesMax = 100;
    private const int Messages = 4_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly LinkPlan SmallBuffer = new() { ReceiveBufferBytes = 64 * 1024 };
    private static readonly string Payload = new('x', 4096);

    private readonly TopicLedger _ledger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("drop_oldest", "tcp")]
    [InlineData("drop_newest", "tcp")]
    [InlineData("keep_latest", "tcp")]
    [InlineData("drop_oldest", "ws")]
    [InlineData("drop_newest", "ws")]
    [InlineData("keep_latest", "ws")]
    public async Task A_reader_that_stops_is_told_exactly_what_it_missed_and_holds_no_more_than_its_queue(string rule, string transport)
    {
        await using var server = await TestServer.StartAsync();
        await using var stopped = await FaultyClient.ConnectAsync(server, transport, SmallBuffer);
        await using var healthy = await FaultyClient.ConnectAsync(server, "ws");
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        await CreateTopicAsync(publisher);
        var slow = Subscription("slow");
        await slow.SubscribeAsync(stopped.Session, QueueMessagesMax, rule);
        var quick = Subscription("quick");
        await quick.SubscribeAsync(healthy.Session, rule: "lag");

        stopped.Link.Stall();
        await PublishAsync(publisher, Messages);
        await ReadAsync(healthy, quick);
        stopped.Link.Resume();
        await PublishAsync(publisher, 1);
        await ReadAsync(stopped, slow);

        Assert.Equal((Messages, 0), (quick.Delivered, (int)quick.Missed));
        Assert.Equal(Messages + 1, slow.Delivered + slow.Missed);
        Assert.True(slow.Missed > 0, "It never had to drop anything.");
        // The whole queue follows the gap when the oldest go, next to nothing when the newest go. To keep the latest a full queue goes as a
        // whole: then what is missed is so many full queues, which the others would hit by chance only.
        Assert.InRange(slow.DeliveredSinceGap, rule == "drop_oldest" ? QueueMessagesMax : 0, (rule == "drop_newest" ? 1 : QueueMessagesMax) + 1);
        if (rule == "keep_latest")
            Assert.Equal(0, slow.Missed % QueueMessagesMax);
        Assert.Empty(slow.WrongBeginnings());
    }

    [Theory]
    [InlineData("drop_oldest")]
    [InlineData("drop_newest")]
    [InlineData("keep_latest")]
    [InlineData("lag")]
    public async Task A_reader_that_stops_while_its_topic_is_deleted_again_and_again_holds_no_more_than_its_queue(string rule)
    {
        const int epochs = 500;
        await using var server = await TestServer.StartAsync();
        await using var stopped = await FaultyClient.ConnectAsync(server, "tcp", SmallBuffer);
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        await CreateTopicAsync(publisher);
        await Subscription("slow").SubscribeAsync(stopped.Session, 1, rule);
        stopped.Link.Stall();
        await PublishAsync(publisher, Messages);

        JsonElement last = default;
        for (var i = 0; i < epochs; i++)
        {
            await publisher.Session.RequestAsync($"\"role\":\"topic-delete\",\"topic\":\"{Topic}\"", Token);
            last = await publisher.Session.RequestAsync($"\"role\":\"pubsub-publish\",\"message\":{{\"topic\":\"{Topic}\",\"payload\":1}}", Token);
        }

        // Its message, and the gaps that wait in a row before and behind it.
        Assert.InRange(Queued(server), 1, Payload.Length + (40 * 200));
        stopped.Link.Resume();
        await AssertToldUpToAsync(stopped, last);
        Assert.Equal(0, Queued(server));
    }

    [Theory]
    [InlineData("QueueBytesPerConnectionMax")]
    [InlineData("QueuesBytesMax")]
    public async Task Readers_that_stop_hold_no_more_than_the_queues_may_hold_together(string limit)
    {
        const int budget = 256 * 1024;
        const int subscriptions = 10;
        await using var server = await TestServer.StartAsync(
            new Dictionary<string, string> { [$"Topics:Budgets:{limit}"] = $"{budget}", ["Topics:Budgets:QueueBytesGuaranteed"] = "1" });
        await using var stopped = await FaultyClient.ConnectAsync(server, "tcp", SmallBuffer);
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        await CreateTopicAsync(publisher);
        for (var i = 0; i < subscriptions; i++)
            await Subscription($"slow{i}").SubscribeAsync(stopped.Session, rule: "drop_oldest");

        stopped.Link.Stall();
        await PublishAsync(publisher, Messages / 4);

        // Without the limit they would take ten times a thousand messages.
        Assert.InRange(Queued(server), budget / 2, budget + (subscriptions * (Payload.Length + 512)));
    }

    [Fact]
    public async Task A_reader_that_lags_gets_everything_when_it_reads_again()
    {
        await using var server = await TestServer.StartAsync();
        await using var stopped = await FaultyClient.ConnectAsync(server, "tcp", SmallBuffer);
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        await CreateTopicAsync(publisher);
        var slow = Subscription("slow");
        await slow.SubscribeAsync(stopped.Session, QueueMessagesMax, "lag");

        stopped.Link.Stall();
        await PublishAsync(publisher, Messages);
        stopped.Link.Resume();
        await ReadAsync(stopped, slow);

        Assert.Equal((Messages, 0), (slow.Delivered, (int)slow.Missed));
    }

    [Fact]
    public async Task A_reader_that_stops_under_the_rule_close_is_told_that_its_subscription_has_ended()
    {
        await using var server = await TestServer.StartAsync();
        await using var stopped = await FaultyClient.ConnectAsync(server, "tcp", SmallBuffer);
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        await CreateTopicAsync(publisher);
        var slow = Subscription("slow");
        await slow.SubscribeAsync(stopped.Session, QueueMessagesMax, "close");

        stopped.Link.Stall();
        await PublishAsync(publisher, Messages);
        stopped.Link.Resume();

        while (await stopped.Session.Pushed.ReadAsync(Token).AsTask().WaitAsync(Patience, Token) is var message)
        {
            if (message.GetProperty("role").GetString() == "pubsub-ended")
            {
                Assert.Equal(1307, message.GetProperty("code").GetInt32());
                break;
            }

            slow.Take(message);
        }

        Assert.InRange(slow.Delivered, 1, Messages - 1);
        Assert.False((await stopped.Session.RequestAsync("\"role\":\"pubsub-unsubscribe\",\"subscription_id\":\"slow\"", Token)).GetProperty("success").GetBoolean());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    public async Task A_client_that_asks_and_does_not_read_is_read_no_further_and_loses_no_answer(string transport)
    {
        const int requests = 5_000;
        await using var server = await TestServer.StartAsync(new Dictionary<string, string> { ["Limits:OutputBytesMax"] = "65536" });
        await using var stopped = await FaultyClient.ConnectAsync(server, transport, SmallBuffer);
        await using var healthy = await FaultyClient.ConnectAsync(server, "tcp");
        stopped.Link.Stall();
        var answers = new List<Task<JsonElement>>();
        for (var i = 0; i < requests; i++)
            answers.Add(stopped.Session.RequestAsync(Echo(i), Token));

        for (var i = 0; i < 100; i++)
            Assert.Equal(i, Number(await healthy.Session.RequestAsync(Echo(i), Token).WaitAsync(Patience, Token)));
        stopped.Link.Resume();

        for (var i = 0; i < requests; i++)
            Assert.Equal(i, Number(await answers[i].WaitAsync(Patience, Token)));
    }

    private static long Queued(TestServer server) => ((LocalTopics)server.Services.GetRequiredService<IEngine>().Topics).Held.QueuedBytes;

    /// <summary>Reads until a message or a gap reaches the position behind a message. Each begins where the one before it ended, or with a later
    /// epoch.</summary>
    private static async Task AssertToldUpToAsync(FaultyClient client, JsonElement ack)
    {
        var end = (Epoch: ack.GetProperty("epoch").GetInt64(), Offset: ack.GetProperty("offset").GetInt64() + 1);
        for ((long Epoch, long Offset)? at = null; at != end;)
        {
            var message = await client.Session.Pushed.ReadAsync(Token).AsTask().WaitAsync(Patience, Token);
            var isGap = message.GetProperty("role").GetString() == "gap";
            var from = (Epoch: message.GetProperty("epoch").GetInt64(), Offset: message.GetProperty(isGap ? "from" : "offset").GetInt64());
            Assert.True(at is null || from == at || (from.Epoch > at.Value.Epoch && from.Offset == 0), $"after {at}: {message}");
            at = isGap ? (message.GetProperty("next_epoch").GetInt64(), message.GetProperty("next_offset").GetInt64()) : (from.Epoch, from.Offset + 1);
        }
    }

    private static string Echo(int number) =>
        $"\"role\":\"rpc\",\"cmds\":[{{\"name\":\"c\",\"fun\":\"echo\",\"args\":[[{number.ToString(System.Globalization.CultureInfo.InvariantCulture)},\"{Payload}\"]]}}]";

    private static int Number(JsonElement answer) => answer.GetProperty("r").ValueKind == JsonValueKind.Object
        ? answer.GetProperty("r").GetProperty("c")[0].GetInt32()
        : throw new InvalidDataException(answer.ToString());

    private static async Task CreateTopicAsync(FaultyClient publisher) => Assert.True(
        (await publisher.Session.RequestAsync($"\"role\":\"topic-create\",\"topic\":\"{Topic}\",\"retention\":{{\"messages_max\":1000000}}", Token)).GetProperty("success").GetBoolean());

    private WatchedSubscription Subscription(string id) => new(id, Topic, [Topic], "\"new\"", "", _ledger.FirstAfter);

    private async Task PublishAsync(FaultyClient publisher, int count)
    {
        for (var sent = 0; sent < count;)
        {
            var acks = Enumerable.Range(0, Math.Min(50, count - sent))
                .Select(_ => publisher.Session.RequestAsync($"\"role\":\"pubsub-publish\",\"message\":{{\"topic\":\"{Topic}\",\"payload\":\"{Payload}\"}}", Token))
                .ToArray();
            foreach (var ack in acks)
                _ledger.Add(Topic, await ack.WaitAsync(Patience, Token));
            sent += acks.Length;
        }
    }

    /// <summary>Reads until everything that was published has come.</summary>
    private async Task ReadAsync(FaultyClient client, WatchedSubscription subscription)
    {
        while (!subscription.IsComplete(_ledger))
            subscription.Take(await client.Session.Pushed.ReadAsync(Token).AsTask().WaitAsync(Patience, Token));
    }
}
