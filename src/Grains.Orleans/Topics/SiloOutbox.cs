using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Grains.Orleans.Cluster;
using Grains.Topics;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// What goes to one silo: the topics that have something for it, in turn. To another silo one call is under way at a time, with everything that has
/// gathered meanwhile, and is repeated until it is answered or the silo is gone; so pieces arrive in order and the log, not memory, holds what waits.
/// A call that fails for another reason is made again with one topic at a time; the topic that it fails for is held back, and the others go on.
/// To this silo itself it is a method call, made before the publish returns.
/// </summary>
internal sealed partial class SiloOutbox
{
    /// <summary>Bytes of records in one part, about.</summary>
    public const long PartBytes = 256 * 1024;

    private const int PartsMax = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Queue<SiloReader> _queue = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TopicClock? _clock;
    private readonly Func<TopicPush, Task<ImmutableArray<PlaceInTopic>>>? _push;
    private readonly Func<TopicPart, PlaceInTopic?>? _apply;
    private readonly Func<bool> _mayLive = static () => true;
    private readonly ILogger? _logger;
    private long _sendingSince;
    private int _singly;
    private int _failures;
    private bool _pumping;
    private volatile bool _closed;

    /// <param name="silo">Where to.</param>
    /// <param name="time">Says how long a call takes.</param>
    /// <param name="clock">This silo's.</param>
    /// <param name="push">Sends to the other silo.</param>
    /// <param name="mayLive">Whether it is worth repeating.</param>
    /// <param name="logger">Is told what fails.</param>
    public SiloOutbox(
        SiloAddress silo, TimeProvider time, TopicClock clock, Func<TopicPush, Task<ImmutableArray<PlaceInTopic>>> push, Func<bool> mayLive,
        ILogger logger)
    {
        Silo = silo;
        _time = time;
        _clock = clock;
        _push = push;
        _mayLive = mayLive;
        _logger = logger;
    }

    private SiloOutbox(SiloAddress silo, Func<TopicPart, PlaceInTopic?> apply)
    {
        Silo = silo;
        _apply = apply;
    }

    /// <summary>How long nobody minds that a call takes.</summary>
    public static TimeSpan LateAfter { get; } = TimeSpan.FromMilliseconds(500);

    public SiloAddress Silo { get; }

    public bool IsLocal => _apply is not null;

    /// <summary>The silo has not answered for longer than <see cref="LateAfter"/>, or is gone: nobody should wait for it.</summary>
    public bool IsLate => _closed || (Volatile.Read(ref _sendingSince) is var since and not 0 && _time.GetElapsedTime(since) > LateAfter);

    /// <summary>What goes to this silo itself.</summary>
    /// <param name="silo">This silo.</param>
    /// <param name="apply">Takes a part.</param>
    public static SiloOutbox ToItself(SiloAddress silo, Func<TopicPart, PlaceInTopic?> apply) => new(silo, apply);

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

    /// <summary>Sends until there is nothing more. Whatever fails, it goes on.</summary>
    private async Task PumpAsync()
    {
        while (true)
        {
            var batch = new List<(SiloReader Reader, TopicPart Part)>();
            try
            {
                Fill(batch);
                if (batch.Count == 0)
                {
                    lock (_lock)
                    {
                        if (_queue.Count > 0)
                            continue;
                        _pumping = false;
                        return;
                    }
                }

                await SendAsync(batch);
                _failures = 0;
                continue;
            }
            catch (Exception error)
            {
                Log.Failed(_logger!, Silo, batch.Count, error);
            }

            PutBack(batch);
            await Task.Delay(Pause * Math.Min(++_failures, 10));
        }
    }

    private async Task SendAsync(List<(SiloReader Reader, TopicPart Part)> batch)
    {
        var places = await PushAsync(new TopicPush(_clock!.Next(), [.. batch.Select(sent => sent.Part)]));
        var wanted = new Dictionary<string, PlaceInTopic>(StringComparer.Ordinal);
        foreach (var place in places)
            wanted.TryAdd(place.Topic, place);
        foreach (var (reader, part) in batch)
        {
            if (wanted.TryGetValue(part.Topic, out var from))
            {
                Rewind(reader, from);
                continue;
            }

            lock (reader.Topic.Turn)
                reader.Acknowledge(part);
        }
    }

    private async Task<ImmutableArray<PlaceInTopic>> PushAsync(TopicPush push)
    {
        Volatile.Write(ref _sendingSince, _time.GetTimestamp());
        try
        {
            for (var pause = Pause; _mayLive(); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                try
                {
                    return await _push!(push);
                }
                catch (Exception error) when (NodeLostException.IsOne(error))
                {
                    Log.NotAnswered(_logger!, Silo, error);
                    await Task.Delay(pause);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _sendingSince, 0);
        }

        Close();
        return [];
    }

    /// <summary>What could not be sent is sent again, one topic at a time; the one that it fails for after the others, a while later.</summary>
    private void PutBack(List<(SiloReader Reader, TopicPart Part)> batch)
    {
        foreach (var group in batch.GroupBy(sent => sent.Reader, sent => sent.Part))
        {
            lock (group.Key.Topic.Turn)
            {
                group.Key.PutBack(group);
                if (batch.Count > 1)
                    Add(group.Key);
            }
        }

        _singly = batch.Count > 1 ? batch.Count : 0;
        if (batch.Count == 1)
            _ = AddLaterAsync(batch[0].Reader);
    }

    private async Task AddLaterAsync(SiloReader reader)
    {
        lock (_lock)
        {
            reader.IsQueued = true;
            SiloReader[] others = [.. _queue.Where(other => other != reader)];
            _queue.Clear();
            foreach (var other in others)
                _queue.Enqueue(other);
        }

        await Task.Delay(LongestPause);
        lock (_lock)
            reader.IsQueued = false;
        lock (reader.Topic.Turn)
            Add(reader);
        Send(reader);
    }

    private void Fill(List<(SiloReader Reader, TopicPart Part)> batch)
    {
        long bytes = 0;
        var partsMax = _singly > 0 ? 1 : PartsMax;
        _singly = Math.Max(0, _singly - 1);
        while (batch.Count < partsMax && bytes < PartBytes)
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
                if (!TryTake(reader, out var part))
                    continue;
                batch.Add((reader, part));
                foreach (var record in part.Records)
                    bytes += record.CostBytes;
                // There may be more; it comes after the others.
                Add(reader);
            }
        }
    }

    private bool TryTake(SiloReader reader, [NotNullWhen(true)] out TopicPart? part)
    {
        try
        {
            return reader.TryTake(out part);
        }
        catch
        {
            _ = AddLaterAsync(reader);
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(325, LogLevel.Warning, "The silo {Silo} does not answer; what it is sent of topics is sent again")]
        public static partial void NotAnswered(ILogger logger, SiloAddress silo, Exception error);

        [LoggerMessage(326, LogLevel.Error, "{Parts} pieces of topics could not be sent to the silo {Silo}; they are sent again")]
        public static partial void Failed(ILogger logger, SiloAddress silo, int parts, Exception error);
    }
}
