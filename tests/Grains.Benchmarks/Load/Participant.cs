using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>What one connection of the driver does. The loop calls <see cref="Received"/>; nothing here waits.</summary>
internal abstract class Participant(Link link, ReplyScanner scanner) : IDisposable
{
    public Link Link { get; } = link;

    /// <summary>Takes the whole replies at the front of what has come.</summary>
    /// <returns>How many bytes they were.</returns>
    public int Received(ReadOnlySpan<byte> bytes, long nowNs)
    {
        var replies = scanner.Scan(bytes, out var consumed);
        if (replies > 0)
            Replied(replies, nowNs);
        if (scanner.Outgoing.WrittenCount > 0)
        {
            Link.Send(scanner.Outgoing.WrittenSpan);
            scanner.Outgoing.ResetWrittenCount();
        }

        return consumed;
    }

    public void Dispose() => Link.Dispose();

    /// <summary>Bytes came: new ones, without what was left from before.</summary>
    public virtual void Count(int bytes)
    {
    }

    protected abstract void Replied(int replies, long nowNs);
}
