using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Grains.Tests.Hosting;

namespace Grains.Tests.Faults;

/// <summary>Many subscriptions with every kind of start, each cut and resumed once while a publisher runs at full speed: nothing missing but what
/// gaps name, nothing twice, in order.</summary>
[Collection(nameof(Alone))]
public sealed class SubscriptionStormTests
{
    private const int Connections = 50;
    private const int SubscriptionsEach = 20;
    private const int QueueMessagesMax = 50;
    private const int OldMessages = 150;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Scale.IsLong ? 10 : 2);
    private static readonly ImmutableArray<string> Topics = [.. from letter in "abcde" from number in "01" select $"storm.{letter}.{number}"];

    private readonly TopicLedger _ledger = new();
    private readonly TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _resumed;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_subscriptions_cut_and_resumed_get_everything_once_and_in_order()
    {
        await using var server = await TestServer.StartAsync();
        await using var publisher = await FaultyClient.ConnectAsync(server, "tcp");
        foreach (var topic in Topics)
            Assert.True((await publisher.Session.RequestAsync($"\"role\":\"topic-create\",\"topic\":\"{topic}\",\"retention\":{{\"messages_max\":1000000}}")).GetProperty("success").GetBoolean());
        await PublishAsync(publisher.Session, OldMessages);

        var clients = await FaultyClient.ConnectAsync(server, Connections);
        var subscriptions = clients.Select((_, c) => Enumerable.Range(0, SubscriptionsEach).Select(s => Draw((c * SubscriptionsEach) + s)).ToArray()).ToArray();
        var readers = clients.Select((client, c) => Task.Run(() => RunAsync(client, subscriptions[c], new Random(c)))).ToArray();
        await PublishUntilAllResumedAsync(publisher.Session, readers);
        await PublishAsync(publisher.Session, 1);
        _published.SetResult();

        var all = subscriptions.SelectMany(s => s).ToArray();
        await Task.WhenAny(Task.WhenAll(readers), Task.Delay(Patience, Token));
        Assert.Equal("", string.Join('\n', readers.Select(r => r.Exception?.InnerException?.Message).OfType<string>()));
        Assert.Equal("", string.Join('\n', all.Where(s => !s.IsComplete(_ledger)).Take(20)));
        Assert.All(readers, reader => Assert.True(reader.IsCompletedSuccessfully, "It has everything and waits for more."));
        Assert.Equal("", string.Join('\n', all.SelectMany(s => s.WrongBeginnings()).Take(20)));
        Assert.True(all.Sum(s => s.Delivered) > all.Length * OldMessages / 2);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private async Task RunAsync(FaultyClient client, WatchedSubscription[] subscriptions, Random random)
    {
        var byId = subscriptions.ToDictionary(s => s.Id);
        // Read while still subscribing: what comes meanwhile counts, but in the order subscription, acknowledgement, delivery.
        foreach (var subscription in subscriptions)
            await subscription.SubscribeAsync(client.Session, QueueMessagesMax);
        var cutAfter = random.Next(50, 500);
        for (var taken = 0; await client.Session.Pushed.WaitToReadAsync(Token);)
        {
            while (client.Session.Pushed.TryRead(out var message))
            {
                byId[message.GetProperty("subscription_id").GetString()!].Take(message);
                if (++taken == cutAfter)
                    client.Link.CutAfterMoreToClient(random.Next(5_000));
            }
        }

        await client.ConnectAsync();
        foreach (var subscription in subscriptions)
            await subscription.ResumeAsync(client.Session);
        Interlocked.Increment(ref _resumed);
        while (true)
        {
            // Looked at once: what is published between two looks would be waited for in vain.
            var published = _published.Task.IsCompleted;
            while (client.Session.Pushed.TryRead(out var message))
                byId[message.GetProperty("subscription_id").GetString()!].Take(message);
            if (published && subscriptions.All(s => s.IsComplete(_ledger)))
                return;
            var more = client.Session.Pushed.WaitToReadAsync(Token).AsTask();
            await Task.WhenAny(more, published ? more : _published.Task);
        }
    }

    /// <summary>Goes on until the last reader has found its cut, since a connection is cut only by what is delivered to it.</summary>
    private async Task PublishUntilAllResumedAsync(WireSession session, Task[] readers)
    {
        var fast = Scale.Of(200, 5_000);
        for (var published = 0; Volatile.Read(ref _resumed) < Connections && !readers.Any(r => r.IsFaulted); published += 10)
            await PublishAsync(session, published < fast ? 10 : 1);
    }

    /// <summary>So many messages to each topic, all on their way at once.</summary>
    private async Task PublishAsync(WireSession session, int each)
    {
        var sent = new List<(string Topic, Task<JsonElement> Ack)>();
        for (var i = 0; i < each; i++)
        {
            foreach (var topic in Topics)
                sent.Add((topic, session.RequestAsync($"\"role\":\"pubsub-publish\",\"message\":{{\"topic\":\"{topic}\",\"payload\":{i.ToString(CultureInfo.InvariantCulture)}}}", Token)));
        }

        foreach (var (topic, ack) in sent)
            _ledger.Add(topic, await ack);
    }

    private WatchedSubscription Draw(int number)
    {
        var random = new Random(number);
        var topic = Topics[random.Next(Topics.Length)];
        var (pattern, topics) = (number % 10) switch
        {
            0 => ("storm.#", Topics),
            1 => ("storm.*.0", [.. Topics.Where(t => t.EndsWith('0'))]),
            2 => ($"{topic[..7]}.*", [.. Topics.Where(t => t.StartsWith(topic[..7], StringComparison.Ordinal))]),
            _ => (topic, [topic]),
        };
        var n = random.Next(1, OldMessages);
        var text = n.ToString(CultureInfo.InvariantCulture);
        var time = _ledger.TimeOf(topic, n);
        var (start, backlog, first) = random.Next(7) switch
        {
            0 => ("\"new\"", "", (Func<string, double, long>)_ledger.FirstAfter),
            1 => ("\"last\"", "", (t, at) => _ledger.FirstAfter(t, at) - 1),
            2 => ($"{{\"offset\":{text}}}", "", (_, _) => n),
            3 => ($"{{\"offset\":-{text}}}", "", (t, at) => _ledger.FirstAfter(t, at) - n),
            4 => ($"{{\"time\":{time}}}", "", (t, _) => _ledger.FirstFrom(t, double.Parse(time, CultureInfo.InvariantCulture))),
            5 => ((string?)null, "\"get_backlog\":true,\"backlog_seconds\":3600", (_, _) => 0L),
            _ => (null, $"\"get_backlog\":true,\"backlog_seconds\":3600,\"backlog_count\":{text}", (t, at) => _ledger.FirstAfter(t, at) - n),
        };
        return new WatchedSubscription($"s{number}", pattern, topics, start, backlog, first);
    }
}
