using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Local;
using Grains.Topics;
using Grains.Topics.Subscriptions;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// The topics whose grains are active on this silo, and what is sent of them to the silos that have subscriptions, this one among them.
/// </summary>
internal sealed class HostedTopics : IDisposable
{
    /// <summary>Topics in one page of an answer, and about as many bytes of what is known of them.</summary>
    private const int PageTopics = 4_096;
    private const int PageBytes = 512 * 1024;

    private readonly TopicTable _table;
    private readonly ConcurrentDictionary<SiloAddress, SiloOutbox> _outboxes = new();
    private readonly ConcurrentDictionary<string, TopicGrain> _grains = new(StringComparer.Ordinal);
    private readonly InterestTable _interests;
    private readonly Func<SiloAddress, SiloOutbox> _makeOutbox;

    public HostedTopics(TopicOptions options, TimeProvider time, TopicClock clock, Func<SiloAddress, SiloOutbox> makeOutbox)
    {
        Clock = clock;
        _makeOutbox = makeOutbox;
        _interests = new InterestTable(silo => _outboxes.GetOrAdd(silo, _makeOutbox), Forgotten);
        _table = new TopicTable(options, clock, _interests);
        Host = new TopicHost(options, time, _table);
    }

    public TopicClock Clock { get; }

    public TopicHost Host { get; }

    /// <summary>True when the silo keeps anything of the topic, so that its grain has to stay.</summary>
    public bool Has(string topic) => _table.Find(topic) is not null;

    /// <summary>Topics whose grains are told when nothing is kept any more.</summary>
    public int Attached => _grains.Count;

    /// <summary>The topic's grain is active here; it is told when nothing is kept any more.</summary>
    public void Attach(string topic, TopicGrain grain) => _grains[topic] = grain;

    /// <summary>The topic's grain need not be told; another one that has come after it still is.</summary>
    public void Detach(string topic, TopicGrain grain) => _grains.TryRemove(KeyValuePair.Create(topic, grain));

    /// <summary>From now on what matches goes to that silo.</summary>
    public void Enter(SiloAddress silo, Interest interest)
    {
        if (_interests.Add(silo, interest) is not { } subscription)
            return;
        foreach (var topic in Matching(subscription))
        {
            lock (topic.Turn)
            {
                topic.ReadersAreStale = true;
                foreach (var reader in _table.ReadersOf(topic).OfType<SiloReader>())
                {
                    if (reader.Silo.Equals(silo) && !reader.HasStarted)
                        reader.StartAt(topic.Log, topic.Log?.NextOffset ?? 0);
                }
            }
        }
    }

    /// <summary>How the topics stand that subscriptions of a silo match, by name: a page of them.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="interests">The subscriptions, which have entered.</param>
    /// <param name="beginsAtUs">Where they begin; the topics remember where they stood then. 0 when they have begun already.</param>
    /// <param name="after">The name after which the page begins.</param>
    public StandingReply Standing(SiloAddress silo, ImmutableArray<Interest> interests, long beginsAtUs, string? after)
    {
        var matching = interests.Select(interest => _interests.Find(silo, interest.Id)).OfType<RemoteSubscription>().SelectMany(Matching);
        var topics = ImmutableArray.CreateBuilder<TopicStanding>();
        var bytes = 0;
        var looked = 0;
        foreach (var topic in matching.Where(topic => after is null || string.CompareOrdinal(topic.Name, after) > 0)
            .Distinct().OrderBy(topic => topic.Name, StringComparer.Ordinal).Take(PageTopics))
        {
            looked++;
            after = topic.Name;
            if (StandingOf(topic, beginsAtUs) is not { } standing)
                continue;
            topics.Add(standing);
            bytes += 100 + (2 * standing.Topic.Length) + (24 * standing.Ended.Length);
            if (bytes >= PageBytes)
                break;
        }

        var isLast = looked < PageTopics && bytes < PageBytes;
        return new StandingReply(Clock.Next(), topics.DrainToImmutable(), isLast ? null : after);
    }

    /// <summary>The subscriptions of a silo that have entered.</summary>
    public HashSet<long> InterestsOf(SiloAddress silo) => [.. _interests.Of(silo).Select(subscription => subscription.Id)];

    public void Leave(SiloAddress silo, long interest)
    {
        if (_interests.Remove(silo, interest) is { } subscription)
            Recount(subscription);
    }

    /// <summary>The subscriptions of a silo after a number, up to another one: what else was known between them has ended.</summary>
    public void Learn(SiloAddress silo, ImmutableArray<Interest> interests, long from, long to)
    {
        foreach (var known in _interests.Of(silo).Where(known => known.Id > from && known.Id <= to).ExceptBy(interests.Select(i => i.Id), k => k.Id))
            Leave(silo, known.Id);
        foreach (var interest in interests)
            Enter(silo, interest);
    }

    /// <summary>A silo is gone, with its subscriptions.</summary>
    public void Lose(SiloAddress silo)
    {
        foreach (var subscription in _interests.Of(silo))
            Leave(silo, subscription.Id);
        if (_outboxes.TryRemove(silo, out var outbox))
            outbox.Close();
    }

    /// <summary>Ends when every silo that reads the topic has everything before a place.</summary>
    public Task SentAsync(string name, TopicPosition place)
    {
        if (!_table.TryGet(name, out var topic))
            return Task.CompletedTask;
        lock (topic.Turn)
        {
            List<Task>? waiting = null;
            foreach (var reader in topic.Readers)
            {
                if (reader is SiloReader silo && silo.WaitAsync(place) is { IsCompleted: false } task)
                    (waiting ??= []).Add(task);
            }

            return waiting is null ? Task.CompletedTask : Task.WhenAll(waiting);
        }
    }

    public LogPage Log(string name, long epoch, long from, int bytesMax)
    {
        if (!_table.TryGet(name, out var topic))
            return new LogPage(null, [], []);
        lock (topic.Turn)
        {
            if (topic.Log is not { } log)
                return new LogPage(null, Past(topic), []);
            var records = ImmutableArray.CreateBuilder<TopicRecord>();
            long bytes = 0;
            for (var at = Math.Max(log.Epoch == epoch ? from : 0, log.FirstOffset); at < log.NextOffset && bytes < bytesMax; at++)
            {
                records.Add(log[at]);
                bytes += log[at].CostBytes;
            }

            return new LogPage(log.Header(), Past(topic), records.DrainToImmutable());
        }
    }

    /// <summary>What the topic's log takes of the memory.</summary>
    public long BytesOf(string name)
    {
        if (!_table.TryGet(name, out var topic))
            return 0;
        lock (topic.Turn)
            return topic.Log?.MemoryBytes ?? 0;
    }

    /// <summary>Takes a topic away from this silo, with everything that it is; null when there is nothing of it. Of a log that is longer only the
    /// newest messages go, as if retention had taken the others.</summary>
    public TopicImage? Take(string name, long bytesMax)
    {
        if (!_table.TryGet(name, out var topic))
            return null;
        lock (topic.Turn)
        {
            while (topic.Log is { Count: > 0 } whole && whole.Bytes > bytesMax)
                whole.Trim(whole.FirstOffset + 1);
            var image = new TopicImage
            {
                Log = topic.Log?.Header(),
                Records = topic.Log is { } log ? [.. Enumerable.Range(0, log.Count).Select(i => log[log.FirstOffset + i])] : [],
                Ended = Past(topic),
                Declared = topic.Declared,
                Answers = [.. topic.OpIds.All.Select(a => new TopicAnswer(a.Id, a.LapsesAtUs, a.Answer as PublishReply, a.Answer as TopicReply))],
                Cursors = [.. topic.Readers.OfType<SiloReader>().Where(r => r.Has.Epoch == topic.Log?.Epoch)
                    .Select(r => KeyValuePair.Create(r.Silo, r.Has.Offset))],
            };
            _table.Forget(topic);
            return image;
        }
    }

    /// <summary>Goes on with a topic that another silo had.</summary>
    public void Put(string name, TopicImage image)
    {
        var topic = _table.TakeIn(name);
        SiloReader[] readers;
        lock (topic.Turn)
        {
            foreach (var answer in image.Answers)
                topic.OpIds.Add(answer.OpId, (object?)answer.Publish ?? answer.Reply!, answer.LapsesAtUs);
            var ended = image.Ended.Select(past => new EndedEpoch(past.Epoch, past.EndOffset, past.EndedAtUs));
            topic.Declared = image.Declared;
            if (image.Log is not { } header)
            {
                topic.Adopt(null, ended);
                return;
            }

            Clock.Observe(Math.Max(header.Epoch, image.Records.IsEmpty ? 0 : image.Records[^1].AppendedAtUs));
            var log = new TopicLog(header, header.FirstOffset);
            foreach (var record in image.Records)
                log.Append(record);
            _table.Adopt(topic, log, ended);
            readers = [.. _table.ReadersOf(topic).OfType<SiloReader>()];
            foreach (var reader in readers)
                reader.Rewind(log, image.Cursors.FirstOrDefault(c => c.Key.Equals(reader.Silo)).Value);
        }

        foreach (var reader in readers)
            reader.Deliver(default);
    }

    public void Dispose() => Host.Dispose();

    private static ImmutableArray<PastEpoch> Past(TopicState topic) =>
        [.. topic.EndedEpochs.Select(ended => new PastEpoch(ended.Epoch, ended.EndOffset, ended.EndedAtUs))];

    private static TopicStanding? StandingOf(TopicState topic, long beginsAtUs)
    {
        lock (topic.Turn)
        {
            if (topic.Removed)
                return null;
            if (topic.Log is not { } log)
                return new TopicStanding { Topic = topic.Name, Ended = Past(topic) };
            var from = log.NextOffset;
            if (beginsAtUs != 0)
                log.Mark(beginsAtUs, from = log.OffsetAt(beginsAtUs));
            return new TopicStanding { Topic = topic.Name, Log = log.Header() with { Marks = [] }, Ended = Past(topic), From = from };
        }
    }

    private void Recount(RemoteSubscription subscription)
    {
        foreach (var topic in Matching(subscription))
        {
            lock (topic.Turn)
                topic.ReadersAreStale = true;
        }
    }

    private IEnumerable<TopicState> Matching(RemoteSubscription subscription)
    {
        if (Array.TrueForAll(subscription.Matchers, matcher => matcher.IsLiteral && !matcher.Pattern.FoldCase))
            return subscription.Matchers.Select(matcher => _table.Find(matcher.Pattern.Text)).OfType<TopicState>().Distinct();
        return _table.All.Where(topic => subscription.Matches(topic.Name));
    }

    private void Forgotten(string topic)
    {
        if (_grains.TryRemove(topic, out var grain))
            grain.Release();
    }
}
