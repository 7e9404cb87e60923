using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Engine;
using Grains.Local;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Orleans.Topics;

/// <summary>
/// The subscriptions of this silo's connections, and of each topic that they read a copy of the part of its log that they need: the hosts send
/// what is appended, the past is fetched when a subscription asks for it. Offsets tell what is missing, which is then fetched too. Everything else
/// is as on one node: the same subscriptions, feeds, gaps and credit.
/// </summary>
internal sealed class MirroredTopics : IDisposable
{
    private readonly TopicTable _table;
    private readonly SubscriptionIndex _index = new();
    private readonly Func<string, long, long, ValueTask<LogPage>> _fetch;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _fetching = new(StringComparer.Ordinal);
    private readonly ITimer _janitor;

    /// <param name="options">The limits.</param>
    /// <param name="time">The clock, also of the timer that gives back what is not needed any more.</param>
    /// <param name="clock">The clock of topics.</param>
    /// <param name="connections">The outbound port.</param>
    /// <param name="fetch">A page of a topic's log from its host, of an epoch and from an offset.</param>
    /// <param name="announce">Takes the messages of presence.</param>
    /// <param name="left">Told of each subscription that has ended.</param>
    public MirroredTopics(
        TopicOptions options, TimeProvider time, TopicClock clock, IConnections connections, Func<string, long, long, ValueTask<LogPage>> fetch,
        Action<TopicMessage> announce, Action<Subscription> left)
    {
        _fetch = fetch;
        _table = new TopicTable(options, clock, _index);
        Desk = new SubscriptionDesk(options, _table, _index, connections, announce, left);
        _janitor = time.CreateTimer(_ => Sweep(), null, options.JanitorPeriod, options.JanitorPeriod);
    }

    public SubscriptionDesk Desk { get; }

    /// <summary>Bytes of all copies.</summary>
    public long LogBytes => _table.LogBytes;

    /// <summary>True when a subscription of the connection reads the topic.</summary>
    public bool IsReadBy(ConnectionId connection, string topic)
    {
        if (!_table.TryGet(topic, out var state))
            return _index.Match(topic).Any(subscription => subscription.Connection.Id == connection);
        lock (state.Turn)
            return _table.ReadersOf(state).OfType<TopicFeed>().Any(feed => feed.Subscription.Connection.Id == connection);
    }

    /// <summary>Takes a piece of a log from its host.</summary>
    /// <returns>Where it should have begun, when something between is missing; else null.</returns>
    public PlaceInTopic? Apply(TopicPart part)
    {
        if (!_table.TryGet(part.Topic, out _) && _index.Match(part.Topic).Count == 0)
            return null;
        while (true)
        {
            var topic = _table.TakeIn(part.Topic);
            PlaceInTopic? wanted;
            ITopicReader[] readers;
            lock (topic.Turn)
            {
                if (topic.Removed)
                    continue;
                readers = _table.ReadersOf(topic);
                wanted = Apply(topic, readers, part);
                _table.Account(topic);
            }

            foreach (var reader in readers)
                reader.Deliver(default);
            _table.Relieve();
            return wanted;
        }
    }

    /// <summary>Brings the copy of a topic to where its host said that it stands, and back to the beginning when that is wanted. Subscriptions that
    /// have begun get what they lacked of it.</summary>
    public async Task FollowAsync(TopicStanding standing, bool whole)
    {
        var gate = _fetching.GetOrAdd(standing.Topic, static _ => new SemaphoreSlim(1));
        await gate.WaitAsync();
        try
        {
            var lacksMore = Learn(standing);
            if (whole || lacksMore)
                await FetchWholeAsync(standing.Topic);
            if (standing.Log is { } log)
                await CatchUpAsync(standing.Topic, new TopicPosition(log.Epoch, log.NextOffset));
        }
        finally
        {
            // When the past could not be had, feeds begin without it, and tell what they lack.
            AwaitNoMore(standing.Topic);
            gate.Release();
        }
    }

    /// <summary>Makes sure that the copy of a topic has come as far as a position, if there is a copy at all.</summary>
    public async Task CatchUpAsync(string name, TopicPosition position)
    {
        while (MissingFrom(name, position) is { } from)
        {
            var page = await _fetch(name, position.Epoch, from);
            if (page.Log is not { } log || log.Epoch != position.Epoch)
                return;
            var first = page.Records.IsEmpty ? log.NextOffset : page.Records[0].Offset;
            Apply(new TopicPart { Topic = name, Log = log with { Marks = [] }, From = first, Records = page.Records });
            if (page.Records.IsEmpty)
                return;
        }
    }

    /// <summary>A subscription has ended: what nobody else reads is not kept.</summary>
    public void Prune(Subscription subscription)
    {
        foreach (var topic in _table.Matching(subscription))
        {
            lock (topic.Turn)
            {
                if (!topic.Removed && _index.Match(topic.Name).Count == 0)
                    Forget(topic);
            }
        }
    }

    public void Dispose() => _janitor.Dispose();

    private static PlaceInTopic? Apply(TopicState topic, ITopicReader[] readers, TopicPart part)
    {
        var log = topic.Log;
        if (log is not null && log.Epoch > part.Log.Epoch)
            return null;
        if (log is null || log.Epoch < part.Log.Epoch)
        {
            if (topic.EndedEpochs.Any(ended => ended.Epoch == part.Log.Epoch))
                return null;
            AwaitNoMore(topic, readers);
            if (log is not null)
                topic.Lose(part.Log.Epoch);
            var isWhole = part.From <= part.Log.FirstOffset;
            // Where a part comes before the standing does, that follows and has the rest fetched.
            log = new TopicLog(part.Log, part.From) { IsWhole = isWhole, AwaitsPast = !isWhole && readers.Any(HasBegun) };
            topic.Adopt(log, [.. topic.EndedEpochs]);
        }

        if (part.From > log.NextOffset && part.Log.FirstOffset > log.NextOffset)
            log.SkipTo(part.Log.FirstOffset);
        if (part.From > log.NextOffset)
            return new PlaceInTopic(topic.Name, log.Epoch, log.NextOffset);
        log.Retention = part.Log.Retention;
        foreach (var record in part.Records)
        {
            if (record.Offset < log.NextOffset)
                continue;
            log.Append(record);
            foreach (var reader in readers)
                reader.Offer(log, record);
        }

        log.Trim(part.Log.FirstOffset);
        if (!part.Ends)
            return null;
        AwaitNoMore(topic, readers);
        topic.End(Math.Max(part.Log.CreatedAtUs, part.Records.IsEmpty ? 0 : part.Records[^1].AppendedAtUs));
        return null;
    }

    /// <summary>A topic that matches becomes known, from where it is wanted.</summary>
    /// <returns>True when something before that is wanted too, and is not here.</returns>
    private bool Learn(TopicStanding standing)
    {
        var topic = _table.TakeIn(standing.Topic);
        lock (topic.Turn)
        {
            if (topic.Removed)
                return false;
            if (topic.Log is { } known && (standing.Log is null || known.Epoch >= standing.Log.Epoch))
                return known.AwaitsPast || (known.Epoch == standing.Log?.Epoch && standing.From < known.FirstOffset);
            var readers = _table.ReadersOf(topic);
            AwaitNoMore(topic, readers);
            if (topic.Log is not null)
                topic.Lose(standing.Log!.Epoch);
            var ended = topic.EndedEpochs.Count > 0 && topic.EndedEpochs[^1].Epoch >= standing.Ended.LastOrDefault().Epoch
                ? [.. topic.EndedEpochs]
                : standing.Ended.Select(past => new EndedEpoch(past.Epoch, past.EndOffset, past.EndedAtUs)).ToArray();
            // Others may have begun before: what is sent to them may still be on its way, and would be taken for known.
            var lacksMore = standing.From != 0 && readers.Any(HasBegun);
            topic.Adopt(
                standing.Log is { } log ? new TopicLog(log, standing.From) { IsWhole = standing.From == 0, AwaitsPast = lacksMore } : null, ended);
            return topic.Log is { AwaitsPast: true };
        }
    }

    private static bool HasBegun(ITopicReader reader) => reader is TopicFeed { Subscription.SubscribedAtUs: not 0 };

    /// <summary>In the topic's turn, also before its epoch ends: feeds begin in the copy as it is, and so are told what goes with it.</summary>
    private static void AwaitNoMore(TopicState topic, ITopicReader[] readers)
    {
        if (topic.Log is not { AwaitsPast: true } log)
            return;
        log.AwaitsPast = false;
        foreach (var feed in readers.OfType<TopicFeed>())
            feed.CatchUp(log);
    }

    /// <summary>Feeds begin in the copy as it is.</summary>
    private void AwaitNoMore(string name)
    {
        if (!_table.TryGet(name, out var topic))
            return;
        ITopicReader[] readers;
        lock (topic.Turn)
        {
            if (topic.Removed || topic.Log is not { AwaitsPast: true })
                return;
            readers = _table.ReadersOf(topic);
            AwaitNoMore(topic, readers);
        }

        foreach (var reader in readers)
            reader.Deliver(default);
    }

    /// <returns>The offset that the copy lacks first; null when it has come so far, or has gone on to another epoch.</returns>
    private long? MissingFrom(string name, TopicPosition position)
    {
        if (!_table.TryGet(name, out var topic))
            return null;
        lock (topic.Turn)
            return topic.Log is { } log && log.Epoch == position.Epoch && log.NextOffset < position.Offset ? log.NextOffset : null;
    }

    private async Task FetchWholeAsync(string name)
    {
        TopicLog? copy = null;
        while (_table.TryGet(name, out var topic))
        {
            bool isIn;
            ITopicReader[] readers;
            lock (topic.Turn)
            {
                if (topic.Log is { IsWhole: true })
                    return;
                readers = _table.ReadersOf(topic);
                isIn = copy is not null && TryReplace(topic, readers, copy);
            }

            if (isIn)
            {
                foreach (var reader in readers)
                    reader.Deliver(default);
                _table.Relieve();
                return;
            }

            var page = await _fetch(name, copy?.Epoch ?? 0, copy?.NextOffset ?? 0);
            if (page.Log is not { } header)
                return;
            if (copy is null || copy.Epoch != header.Epoch)
                copy = new TopicLog(header, page.Records.IsEmpty ? header.NextOffset : page.Records[0].Offset);
            if (!page.Records.IsEmpty && page.Records[0].Offset > copy.NextOffset)
                copy.SkipTo(page.Records[0].Offset);
            foreach (var record in page.Records)
                copy.Append(record);
        }
    }

    /// <summary>In the topic's turn: puts a copy from the beginning in place of one that lacks it.</summary>
    /// <returns>False when the copy has not come as far as the other begins.</returns>
    private bool TryReplace(TopicState topic, ITopicReader[] readers, TopicLog copy)
    {
        if (topic.Log is { } log)
        {
            if (log.Epoch > copy.Epoch)
                return false;
            if (log.Epoch == copy.Epoch)
            {
                if (copy.NextOffset < log.FirstOffset)
                    return false;
                while (copy.NextOffset < log.NextOffset)
                    copy.Append(log[copy.NextOffset]);
            }
            else
            {
                AwaitNoMore(topic, readers);
                topic.Lose(copy.Epoch);
            }
        }

        topic.Adopt(copy, [.. topic.EndedEpochs]);
        foreach (var feed in readers.OfType<TopicFeed>())
            feed.CatchUp(copy);
        _table.Account(topic);
        return true;
    }

    private bool IsFetching(string name) => _fetching.TryGetValue(name, out var gate) && gate.CurrentCount == 0;

    private void Forget(TopicState topic)
    {
        _table.Forget(topic);
        _fetching.TryRemove(topic.Name, out _);
    }

    private void Sweep()
    {
        foreach (var topic in _table.All)
        {
            // Whoever was to fetch the past has failed before it began.
            if (topic.Log is { AwaitsPast: true } && !IsFetching(topic.Name))
                AwaitNoMore(topic.Name);
            lock (topic.Turn)
            {
                var readers = _table.ReadersOf(topic);
                if (readers.Length == 0)
                {
                    Forget(topic);
                    continue;
                }

                // What everybody has got need not be kept here: its host has it.
                if (topic.Log is { Count: > 0, AwaitsPast: false } log && readers.OfType<TopicFeed>().All(feed => feed.IsLive))
                {
                    log.Trim(log.NextOffset);
                    log.IsWhole = false;
                }

                topic.Log?.Expire(_table.Clock.Next());
                _table.Account(topic);
            }
        }
    }
}
