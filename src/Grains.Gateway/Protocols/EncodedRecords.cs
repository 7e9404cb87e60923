using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols;

/// <summary>
/// One protocol's encodings of topic records, so that a broadcast is encoded once and not for each subscriber. The encoding hangs on the
/// record; the ring bounds how many do, so that the topics' logs do not keep every message twice. The first reader of a record is
/// written to directly and leaves a mark; only a second one shows that an encoding pays.
/// </summary>
internal sealed class EncodedRecords
{
    public const int EncodedBytesMax = 16 * 1024;
    private const int RingRecords = 1_024;

    private readonly TopicRecord?[] _ring = new TopicRecord?[RingRecords];
    private readonly Mark _seen;
    private int _next;

    public EncodedRecords() => _seen = new Mark(this);

    /// <summary>Writes a record's message part.</summary>
    public void Write(MessageWriter writer, TopicRecord record, Action<MessageWriter, TopicRecord> encode)
    {
        var encoded = record.Encoded;
        if (encoded is Encoding known && ReferenceEquals(known.Owner, this))
        {
            writer.Raw(known.Bytes);
            return;
        }

        var start = writer.Length;
        encode(writer, record);
        if (writer.Length - start > EncodedBytesMax)
            return;
        if (ReferenceEquals(encoded, _seen))
            Keep(record, writer.Written[start..]);
        else if (encoded is null)
            record.Encoded = _seen;
    }

    private void Keep(TopicRecord record, ReadOnlySpan<byte> bytes)
    {
        record.Encoded = new Encoding(this, bytes.ToArray());
        var place = (int)((uint)Interlocked.Increment(ref _next) % RingRecords);
        if (Interlocked.Exchange(ref _ring[place], record) is { } oldest && !ReferenceEquals(oldest, record))
            oldest.Encoded = null;
    }

    private sealed record Mark(EncodedRecords Owner);

    private sealed record Encoding(EncodedRecords Owner, byte[] Bytes);
}
