namespace Grains.Gateway.Protocols;

/// <summary>
/// One protocol's encodings of topic records, so that a broadcast is encoded once and not for each subscriber. The encoding hangs on the
/// record; the ring bounds how many do, so that the topics' logs do not keep every message twice. The first reader of a record is
/// written to directly and leaves a mark; only a second one shows that an encoding pays.
/// </summary>
/// <param name="encode">Writes a delivered record to every byte but the subscriber's.</param>
internal sealed class EncodedRecords(Func<Delivery, EncodedRecord> encode)
{
    public const int EncodedBytesMax = 16 * 1024;
    private const int RingRecords = 1_024;

    private readonly TopicRecord?[] _ring = new TopicRecord?[RingRecords];
    private readonly object _seen = new();
    private int _next;

    /// <summary>The encoding, when there is one or it pays to make one now.</summary>
    public EncodedRecord? Of(in Delivery delivery)
    {
        var record = delivery.Record!;
        var encoded = record.Encoded;
        if (encoded is Kept known && ReferenceEquals(known.Owner, this))
            return known.Record;
        if (ReferenceEquals(encoded, _seen))
            return Keep(record, encode(delivery));
        if (encoded is null && record.CostBytes <= EncodedBytesMax)
            record.Encoded = _seen;
        return null;
    }

    /// <summary>The encoding, when there is one.</summary>
    public EncodedRecord? Find(TopicRecord record) =>
        record.Encoded is Kept known && ReferenceEquals(known.Owner, this) ? known.Record : null;

    private EncodedRecord Keep(TopicRecord record, EncodedRecord encoded)
    {
        record.Encoded = new Kept(this, encoded);
        var place = (int)((uint)Interlocked.Increment(ref _next) % RingRecords);
        if (Interlocked.Exchange(ref _ring[place], record) is { } oldest && !ReferenceEquals(oldest, record))
            oldest.Encoded = null;
        return encoded;
    }

    private sealed record Kept(EncodedRecords Owner, EncodedRecord Record);
}
