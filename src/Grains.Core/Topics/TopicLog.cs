namespace Grains.Topics;

/// <summary>
/// One epoch of a topic's log: offsets from 0 without holes, and what retention keeps of them. Pure rules: whoever calls holds the topic's turn
/// and says what time it is. Records are immutable and may outlive their place in the log.
/// </summary>
public sealed class TopicLog
{
    /// <summary>What the place of a record takes.</summary>
    public const int PlaceBytes = 24;

    private readonly TimeMarks _marks = new();
    private Kept[] _ring = [];
    private int _head;
    private int _count;
    private long _trimmedThroughUs = long.MinValue;

    /// <param name="epoch">Larger than every epoch of this name before it.</param>
    /// <param name="createdAtUs">A reading of the node's clock before the first append.</param>
    /// <param name="retention">What to keep.</param>
    public TopicLog(long epoch, long createdAtUs, TopicRetention retention)
    {
        Epoch = epoch;
        CreatedAtUs = createdAtUs;
        Retention = retention;
    }

    /// <summary>A log like another, still without records.</summary>
    /// <param name="header">The other.</param>
    /// <param name="nextOffset">The offset of the record that comes next: the other's first for a whole copy.</param>
    public TopicLog(LogHeader header, long nextOffset)
    {
        ArgumentNullException.ThrowIfNull(header);
        Epoch = header.Epoch;
        CreatedAtUs = header.CreatedAtUs;
        Retention = header.Retention;
        NextOffset = nextOffset;
        _trimmedThroughUs = header.TrimmedThroughUs;
        foreach (var mark in header.Marks)
            _marks.Add(mark.Epoch, mark.Offset);
    }

    public long Epoch { get; }

    public long CreatedAtUs { get; }

    public TopicRetention Retention { get; set; }

    /// <summary>Offset of the oldest record kept; equals <see cref="NextOffset"/> when there is none.</summary>
    public long FirstOffset => NextOffset - _count;

    /// <summary>The offset that the next record gets.</summary>
    public long NextOffset { get; private set; }

    public int Count => _count;

    /// <summary>False for a copy that lacks older records which the log still keeps.</summary>
    public bool IsWhole { get; set; } = true;

    /// <summary>A copy of which somebody wants more than it holds, which is being fetched: no feed begins in it.</summary>
    public bool AwaitsPast { get; set; }

    public long Bytes { get; private set; }

    /// <summary>What the log counts for in the memory of all topics: its records, their places and what it remembers of times.</summary>
    public long MemoryBytes => Bytes + (PlaceBytes * (long)_ring.Length) + _marks.MemoryBytes;

    /// <summary>A record that is kept.</summary>
    public TopicRecord this[long offset] => _ring[(_head + (int)(offset - FirstOffset)) & (_ring.Length - 1)].Record;

    /// <returns>What is wrong with a retention, or null.</returns>
    public static string? Check(TopicRetention retention)
    {
        ArgumentNullException.ThrowIfNull(retention);
        if (retention.MessagesMax is < 0 or > 1 << 28)
            return $"messages_max must be between 0 and {1 << 28}";
        if (retention.BytesMax < 0)
            return "bytes_max must not be negative";
        return retention.AgeMax < TimeSpan.Zero ? "age_seconds_max must not be negative" : null;
    }

    /// <summary>Whether retention would have to drop something for one record more.</summary>
    public bool IsFullFor(int costBytes) => _count + 1 > Retention.MessagesMax || Bytes + costBytes > Retention.BytesMax;

    public TopicRecord Append(TopicMessage message, long appendedAtUs)
    {
        var record = new TopicRecord(NextOffset, appendedAtUs, message);
        Append(record);
        return record;
    }

    /// <summary>Appends a record that has its place in another copy of this log.</summary>
    /// <exception cref="ArgumentException">It is not the next.</exception>
    public void Append(TopicRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Offset != NextOffset)
            throw new ArgumentException($"The next record has offset {NextOffset}, not {record.Offset}.", nameof(record));
        if (_count == _ring.Length)
            Grow();
        _ring[(_head + _count) & (_ring.Length - 1)] = new Kept(record, record.AppendedAtUs, record.CostBytes);
        _count++;
        NextOffset++;
        Bytes += record.CostBytes;
        while (_count > Retention.MessagesMax || (_count > 0 && Bytes > Retention.BytesMax))
            RemoveFirst();
    }

    /// <summary>Goes on at a later offset: the records in between are not to be had any more.</summary>
    public void SkipTo(long offset)
    {
        while (_count > 0)
            RemoveFirst();
        NextOffset = Math.Max(NextOffset, offset);
    }

    /// <summary>What another node needs to make a copy.</summary>
    public LogHeader Header() => new(Epoch, CreatedAtUs, Retention, FirstOffset, NextOffset, _trimmedThroughUs) { Marks = _marks.All };

    /// <summary>Drops what is older than retention allows.</summary>
    public void Expire(long nowUs)
    {
        var oldestUs = Retention.AgeMax >= TimeSpan.FromDays(100_000) ? long.MinValue : nowUs - Retention.AgeMax.ToUs();
        while (_count > 0 && _ring[_head].AppendedAtUs < oldestUs)
            RemoveFirst();
        while (_count > Retention.MessagesMax || (_count > 0 && Bytes > Retention.BytesMax))
            RemoveFirst();
        Shrink();
    }

    /// <returns>How many records went.</returns>
    public long Trim(long before)
    {
        var first = FirstOffset;
        while (_count > 0 && FirstOffset < before)
            RemoveFirst();
        Shrink();
        return FirstOffset - first;
    }

    /// <summary>Gives the older half of its memory back; a copy is not whole afterwards.</summary>
    public void Halve()
    {
        IsWhole = false;
        Trim(FirstOffset + ((_count + 1) / 2));
        _marks.Halve();
    }

    /// <summary>The first offset appended at or after a time: one that was trimmed, if the log still knows it; the oldest kept, if not.</summary>
    public long OffsetAt(long atUs)
    {
        if (atUs <= CreatedAtUs)
            return 0;
        if (_trimmedThroughUs >= atUs)
            return Math.Min(_marks.OffsetAt(atUs) ?? FirstOffset, FirstOffset);
        long low = FirstOffset, high = NextOffset;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (this[middle].AppendedAtUs >= atUs)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>Remembers where the log stood when a subscription began.</summary>
    public void Mark(long atUs, long offset) => _marks.Add(atUs, offset);

    private void RemoveFirst()
    {
        var oldest = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        Bytes -= oldest.CostBytes;
        _trimmedThroughUs = oldest.AppendedAtUs;
    }

    private void Grow() => Resize(Math.Max(4, _ring.Length * 2));

    /// <summary>Gives back the places of records that have gone: half of them are free then, so that it is not soon to be done again.</summary>
    private void Shrink()
    {
        if (_count == 0)
            _ring = [];
        else if (_count < _ring.Length / 4)
            Resize(_ring.Length / 2);
    }

    private void Resize(int places)
    {
        var ring = new Kept[places];
        for (var i = 0; i < _count; i++)
            ring[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = ring;
        _head = 0;
    }

    // With what retention asks of each: the oldest record has long left the processor's caches when its turn comes to go.
    private readonly record struct Kept(TopicRecord Record, long AppendedAtUs, int CostBytes);
}
