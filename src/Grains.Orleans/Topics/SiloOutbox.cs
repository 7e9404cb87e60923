using System.Collections.Immutable;
using Grains.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// What goes to one silo: the topics that have something for it, in turn. To another silo one call is under way at a time, with everything that has
/// gathered meanwhile, and is repeated until it is answered or the silo is gone; so pieces arrive in order and the log, not memory, holds what waits.
/// To this silo itself it is a method call, made before the publish returns.
/// </summary>
internal sealed class SiloOutbox
{
    /// <summary>Bytes of records in one part, about.</summary>
    public const long PartBytes = 256 * 1024;

    private const int PartsMax = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Queue<SiloReader> _queue = new();
    private readonly TopicClock _clock;
    private readonly Func<TopicPush, ValueTask<ImmutableArray<PlaceInTopic>>> _push;
    private readonly Func<TopicPart, PlaceInTopic?>? _apply;
    private readonly Func<bool> _mayLive;
    private bool _pumping;
    private bool _closed;

    /// <param name="silo">Where to.</param>
    /// <param name="clock">This silo's.</param>
    /// <param name="push">Sends to another silo.</param>
    /// <param name="mayLive">Whether it is worth repeating.</param>
    /// <param name="apply">For this silo itself: takes a part; then <paramref name="push"/> is not used.</param>
    public SiloOutbox(
        SiloAddress silo, TopicClock clock, Func<TopicPush, ValueTask<ImmutableArray<PlaceInTopic>>> push, Func<bool> mayLive,
        Func<TopicPart, PlaceInTopic?>? apply = null)
    {
        Silo = silo;
        _clock = clock;
        _push = push;
        _mayLive = mayLive;
        _apply = apply;
    }

    public SiloAddress Silo { get; }

    public bool IsLocal => _apply is not null;

    /// <summary>In the topic's turn: the reader has something.</summary>
    public void Add(SiloReader reader)
    {
        if (_apply is not null)
            return;
        lock (_lock)
        {
            if (reader.IsQueued || _closed)
                return;
            reader.IsQueued = true;
            _queue.Enqueue(reader);
        }
    }

    /// <summary>Outside every turn: sends what there is, this reader's at least to this silo itself.</summary>
    public void Send(SiloReader reader)
    {
        if (_apply is not null)
        {
            lock (reader)
                Apply(reader);
            return;
        }

        lock (_lock)
        {
            if (_pumping || _queue.Count == 0)
                return;
            _pumping = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static outbox => _ = outbox.PumpAsync(), this, preferLocal: false);
    }

    /// <summary>The silo is gone: nothing is sent any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _queue.Clear();
        }
    }

    private void Apply(SiloReader reader)
    {
        while (true)
        {
            TopicPart? part;
            lock (reader.Topic.Turn)
            {
                if (!reader.TryTake(out part))
                    return;
            }

            if (_apply!(part) is { } wanted)
                Rewind(reader, wanted);
        }
    }

    private static void Rewind(SiloReader reader, PlaceInTopic wanted)
    {
        lock (reader.Topic.Turn)
        {
            if (reader.Topic.Log is { } log && log.Epoch == wanted.Epoch)
                reader.Rewind(log, wanted.Offset);
        }
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            var readers = new Dictionary<string, SiloReader>(StringComparer.Ordinal);
            var parts = ImmutableArray.CreateBuilder<TopicPart>();
            Fill(readers, parts);
            if (parts.Count == 0)
            {
                lock (_lock)
                {
                    if (_queue.Count > 0)
                        continue;
                    _pumping = false;
                    return;
                }
            }

            var push = new TopicPush(_clock.Next(), parts.DrainToImmutable());
            foreach (var wanted in await PushAsync(push))
            {
                if (readers.Remove(wanted.Topic, out var reader))
                    Rewind(reader, wanted);
            }

            foreach (var part in push.Parts)
            {
                if (!readers.TryGetValue(part.Topic, out var reader))
                    continue;
                lock (reader.Topic.Turn)
                    reader.Acknowledge(part);
            }
        }
    }

    private async Task<ImmutableArray<PlaceInTopic>> PushAsync(TopicPush push)
    {
        while (_mayLive())
        {
            try
            {
                return await _push(push);
            }
            catch (Exception error) when (Cluster.NodeLostException.IsOne(error))
            {
                await Task.Delay(Pause);
            }
        }

        Close();
        return [];
    }

    private void Fill(Dictionary<string, SiloReader> readers, ImmutableArray<TopicPart>.Builder parts)
    {
        long bytes = 0;
        while (parts.Count < PartsMax && bytes < PartBytes)
        {
            SiloReader? reader;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out reader))
                    return;
                reader.IsQueued = false;
            }

            lock (reader.Topic.Turn)
            {
                if (!reader.TryTake(out var part))
                    continue;
                parts.Add(part);
                readers[part.Topic] = reader;
                foreach (var record in part.Records)
                    bytes += record.CostBytes;
                // There may be more; it comes after the others.
                Add(reader);
            }
        }
    }
}
