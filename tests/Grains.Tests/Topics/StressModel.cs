using System.Collections.Concurrent;

namespace Grains.Tests.Topics;

/// <summary>
/// What was published, known from the replies alone, and what follows from it for each subscription. It shares no code with the engine:
/// logs are plain lists, and a subscription's account of a topic is one chain of records and gaps that must begin where its start says, go on
/// without a hole or a repetition, and end where the topic ends.
/// </summary>
internal sealed class StressModel(StressPlan plan)
{
    private readonly ConcurrentBag<(string Topic, PublishReply Reply, int Number)> _published = [];
    private Dictionary<string, SortedDictionary<long, (int Number, long AppendedAtUs)[]>> _logs = [];

    public void Published(string topic, PublishReply reply, int number) => _published.Add((topic, reply, number));

    /// <summary>Closes the books, and checks the replies by themselves: offsets without holes, times that grow with them.</summary>
    public void Complete()
    {
        _logs = _published.GroupBy(one => one.Topic).ToDictionary(topic => topic.Key, topic =>
        {
            var epochs = new SortedDictionary<long, (int, long)[]>();
            foreach (var epoch in topic.GroupBy(one => one.Reply.Epoch))
            {
                var log = epoch.OrderBy(one => one.Reply.Offset).ToArray();
                Require(log.Select((one, i) => one.Reply.Offset == i).All(fits => fits), topic.Key, "offsets have holes");
                var times = log.Select(one => one.Reply.AppendedAtUs);
                Require(times.Zip(times.Skip(1)).All(two => two.First < two.Second), topic.Key, "times do not grow");
                epochs.Add(epoch.Key, [.. log.Select(one => (one.Number, one.Reply.AppendedAtUs))]);
            }

            return epochs;
        });
    }

    /// <summary>Where each topic ends: the position that a reader of everything has reached.</summary>
    public Dictionary<string, TopicPosition> EndsOf(StressSubscription subscription) => subscription.Topics.ToDictionary(
        topic => topic,
        topic => new TopicPosition(_logs[topic].Keys.Max(), _logs[topic][_logs[topic].Keys.Max()].Length));

    public static TopicPosition After(in Delivery delivery) => delivery.Gap is { } gap
        ? new TopicPosition(gap.NextEpoch, gap.NextOffset)
        : new TopicPosition(delivery.Epoch, delivery.Record!.Offset + 1);

    public void Check(StressSubscription subscription)
    {
        var parts = subscription.Got.Select(items => items.ToLookup(item => item.Topic)).ToArray();
        foreach (var topic in subscription.Topics)
            CheckChain(subscription, topic, parts[0][topic].Concat(parts[1][topic]));
        for (var part = 0; part < 2; part++)
        {
            Require(parts[part].All(topic => subscription.Topics.Contains(topic.Key)), subscription, "got a topic that its patterns do not match");
            var began = subscription.SubscribedAtUs[part];
            Require(
                subscription.Got[part].All(item => item.Record is null || item.Backlog == item.Record.AppendedAtUs < began),
                subscription,
                "wrong backlog flag");
        }

        CheckPublishersOrder(subscription);
    }

    private void CheckChain(StressSubscription subscription, string topic, IEnumerable<Delivery> items)
    {
        var epochs = _logs[topic];
        TopicPosition? at = null;
        foreach (var item in items)
        {
            var begins = new TopicPosition(item.Epoch, item.Gap?.From ?? item.Record!.Offset);
            var wrong = at is null ? WrongBeginning(subscription, topic, begins)
                : begins == at || begins == EpochAfter(epochs, at.Value) ? null
                : "is not what comes next";
            wrong ??= item.Gap is null ? WrongRecord(epochs, item) : WrongGap(subscription, epochs, item.Gap);
            if (wrong is not null)
                Assert.Fail($"{subscription}: {topic} after {at}: {begins} {item.Gap} {wrong}");
            at = After(item);
        }

        var end = new TopicPosition(epochs.Keys.Last(), epochs.Values.Last().Length);
        if (at != end)
            Assert.Fail($"{subscription}: {topic} ended at {at}, the topic at {end}");
    }

    /// <summary>From the end of an epoch its reader goes on with the first message of the next.</summary>
    private static TopicPosition? EpochAfter(SortedDictionary<long, (int, long)[]> epochs, TopicPosition at) =>
        epochs[at.Epoch].Length == at.Offset && epochs.Keys.Any(epoch => epoch > at.Epoch)
            ? new TopicPosition(epochs.Keys.First(epoch => epoch > at.Epoch), 0)
            : null;

    private string? WrongGap(StressSubscription subscription, SortedDictionary<long, (int, long)[]> epochs, TopicGap gap)
    {
        if (gap.From >= gap.To || gap.To > epochs[gap.Epoch].Length)
            return "names what never was";
        return gap.Reason switch
        {
            GapReason.SlowReader when subscription.Command.Rule != SlowReaderRule.Lag => null,
            GapReason.Retention when !plan.KeepsAll || gap.Epoch != epochs.Keys.Last() => null,
            _ => "has no such reason",
        };
    }

    private static string? WrongRecord(SortedDictionary<long, (int Number, long AppendedAtUs)[]> epochs, in Delivery item)
    {
        var (number, appendedAtUs) = epochs[item.Epoch][item.Record!.Offset];
        if (item.Record.Message.Payload.As<int>() != number)
            return $"is {item.Record.Message.Payload} and was published as {number}";
        return item.Record.AppendedAtUs == appendedAtUs ? null : "has another time than in the reply";
    }

    /// <summary>Exact where nothing had been lost when the subscription began; otherwise no earlier than what was asked for and no later than
    /// what was new. A topic that was deleted meanwhile may have lost its beginning.</summary>
    private string? WrongBeginning(StressSubscription subscription, string topic, TopicPosition begins)
    {
        if (_logs[topic].Count > 1)
            return null;
        var log = _logs[topic].Values.Single();
        var command = subscription.Command;
        var cut = CountBefore(log, subscription.SubscribedAtUs[0]);
        var wanted = Math.Max(0, command.Start switch
        {
            StartKind.New => cut,
            StartKind.Last => cut - 1,
            StartKind.Offset when command.StartOffset >= 0 => Math.Min(command.StartOffset, cut),
            StartKind.Offset => cut + command.StartOffset,
            _ => Math.Max(CountBefore(log, command.StartAtUs), cut - (command.BacklogCount ?? int.MaxValue)),
        });
        var exact = plan.KeepsAll || command.Start == StartKind.New || command is { Start: StartKind.Offset, StartOffset: >= 0 };
        return begins.Offset >= wanted && begins.Offset <= (exact ? wanted : cut) ? null : $"begins wrong: wanted {wanted}, subscribed at {cut}";
    }

    private static int CountBefore((int Number, long AppendedAtUs)[] log, long atUs) => log.Count(one => one.AppendedAtUs < atUs);

    /// <summary>A subscription that reads no log gets each publisher's messages, over all topics, in the publisher's order.</summary>
    private static void CheckPublishersOrder(StressSubscription subscription)
    {
        if (subscription.Command is not { Start: StartKind.New, Rule: not SlowReaderRule.Lag })
            return;
        foreach (var publisher in subscription.Got[0].Where(item => item.Record is not null)
            .Select(item => item.Record!.Message.Payload.As<int>()).GroupBy(number => number / StressRun.NumbersEach))
            Require(publisher.Zip(publisher.Skip(1)).All(two => two.First < two.Second), subscription, $"publisher {publisher.Key} out of order");
    }

    private static void Require(bool holds, object what, string otherwise)
    {
        if (!holds)
            Assert.Fail($"{what}: {otherwise}");
    }
}
