using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Grains.Topics;
using Grains.Topics.Subscriptions;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// A silo as the reader of one topic: a cursor in the log. Whatever is behind the cursor has been sent once, however many subscriptions the silo has.
/// Everything but <see cref="Deliver"/> is used in the topic's turn.
/// </summary>
internal sealed class SiloReader(TopicState topic, SiloOutbox outbox) : ITopicReader
{
    // Goes first: of epochs that have ended, and what could not be sent.
    private readonly Queue<TopicPart> _past = new();
    private readonly List<(TopicPosition Place, TaskCompletionSource Done)> _waiting = [];
    private TopicPosition _acknowledged;
    private long _epoch;
    private bool _changed;

    public SiloAddress Silo => outbox.Silo;

    public TopicState Topic => topic;

    public int Subscriptions { get; set; }

    /// <summary>In the outbox's queue; the outbox's.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The next offset to send.</summary>
    public TopicPosition Cursor { get; private set; }

    /// <summary>What the silo has, or does not want, of its epoch: everything before this.</summary>
    public TopicPosition Has => outbox.IsLocal ? Cursor : _acknowledged;

    /// <summary>Ends when the silo has everything before a place, at once when it keeps everybody waiting; in the topic's turn.</summary>
    public Task WaitAsync(TopicPosition place)
    {
        if (outbox.IsLocal || outbox.IsLate || (_acknowledged.Epoch == place.Epoch && _acknowledged.Offset >= place.Offset))
            return Task.CompletedTask;
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((place, waiting));
        return waiting.Task;
    }

    /// <summary>The silo has taken a part; in the topic's turn.</summary>
    public void Acknowledge(TopicPart part)
    {
        _acknowledged = new TopicPosition(part.Log.Epoch, part.From + part.Records.Length);
        _waiting.RemoveAll(waiting =>
        {
            var has = waiting.Place.Epoch < _acknowledged.Epoch
                || (waiting.Place.Epoch == _acknowledged.Epoch && waiting.Place.Offset <= _acknowledged.Offset);
            if (has)
                waiting.Done.TrySetResult();
            return has;
        });
    }

    /// <summary>It has been told where to begin, or has been offered something.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Begins: of the current log only what comes from here on is wanted.</summary>
    public void StartAt(TopicLog? log, long next)
    {
        HasStarted = true;
        _epoch = log?.Epoch ?? 0;
        _acknowledged = Cursor = new TopicPosition(_epoch, next);
    }

    /// <summary>Sends from another place.</summary>
    public void Rewind(TopicLog log, long next)
    {
        StartAt(log, next);
        outbox.Add(this);
    }

    public void Offer(TopicLog log, TopicRecord record)
    {
        Follow(log);
        outbox.Add(this);
    }

    public void LogChanged(TopicLog log)
    {
        Follow(log);
        _changed = true;
        outbox.Add(this);
    }

    public void EpochEnds(TopicLog log)
    {
        Follow(log);
        while (Cursor.Offset < log.NextOffset)
            _past.Enqueue(Next(log));
        _past.Enqueue(new TopicPart { Topic = topic.Name, Log = Bare(log), From = log.NextOffset, Ends = true });
        outbox.Add(this);
    }

    public void Deliver(ConnectionId publisher) => outbox.Send(this);

    /// <summary>What was taken last has not been sent: it comes before everything else.</summary>
    public void PutBack(IEnumerable<TopicPart> parts)
    {
        TopicPart[] later = [.. _past];
        _past.Clear();
        foreach (var part in parts.Concat(later))
            _past.Enqueue(part);
    }

    /// <summary>What is to be sent next.</summary>
    /// <returns>False when there is nothing.</returns>
    public bool TryTake([NotNullWhen(true)] out TopicPart? part)
    {
        if (_past.TryDequeue(out part))
            return true;
        if (topic.Log is not { } log || log.Epoch != _epoch || (Cursor.Offset >= log.NextOffset && !_changed))
            return false;
        part = Next(log);
        _changed = false;
        return true;
    }

    private static LogHeader Bare(TopicLog log) => log.Header() with { Marks = [] };

    private void Follow(TopicLog log)
    {
        HasStarted = true;
        if (_epoch == log.Epoch)
            return;
        _epoch = log.Epoch;
        Cursor = new TopicPosition(_epoch, 0);
    }

    private TopicPart Next(TopicLog log)
    {
        var from = Math.Max(Cursor.Offset, log.FirstOffset);
        var records = ImmutableArray.CreateBuilder<TopicRecord>();
        long bytes = 0;
        for (var at = from; at < log.NextOffset && bytes < SiloOutbox.PartBytes; at++)
        {
            records.Add(log[at]);
            bytes += log[at].CostBytes;
        }

        Cursor = new TopicPosition(_epoch, from + records.Count);
        return new TopicPart { Topic = topic.Name, Log = Bare(log), From = from, Records = records.DrainToImmutable() };
    }
}
