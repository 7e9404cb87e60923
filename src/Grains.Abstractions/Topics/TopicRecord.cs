namespace Grains;

/// <summary>A message in a topic's log: the message, its offset and the server's time of append. Immutable.</summary>
public sealed class TopicRecord
{
    private object? _encoded;

    public TopicRecord(long offset, long appendedAtUs, TopicMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Offset = offset;
        AppendedAtUs = appendedAtUs;
        Message = message;
        CostBytes = CostOf(message);
    }

    /// <summary>What a record is counted as beyond its own bytes, in logs, queues and credit.</summary>
    public const int OverheadBytes = 128;

    public long Offset { get; }

    /// <summary>The server's clock at append, microseconds of the Unix epoch; grows with the offset.</summary>
    public long AppendedAtUs { get; }

    public TopicMessage Message { get; }

    /// <summary>What the record counts for in byte limits and credit.</summary>
    public int CostBytes { get; }

    /// <summary>What a message counts for, in bytes.</summary>
    public static int CostOf(TopicMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return OverheadBytes + message.Payload.Bytes.Length + message.Headers.Bytes.Length + message.Key.Bytes.Length
            + message.Topic.Length + (message.MessageId?.Length ?? 0) + (message.Publisher?.Length ?? 0);
    }

    /// <summary>A protocol's own encoding of the record, kept so that a broadcast is encoded once. Not part of its identity.</summary>
    internal object? Encoded
    {
        get => Volatile.Read(ref _encoded);
        set => Volatile.Write(ref _encoded, value);
    }
}

/// <summary>A place in a topic's log: the next record to read has this offset in this epoch.</summary>
public readonly record struct TopicPosition(long Epoch, long Offset);
