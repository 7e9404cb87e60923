using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>A connection that receives every message: the n-th it gets is the n-th that was published.</summary>
internal sealed class Subscriber(Link link, ReplyScanner scanner, PublishTimes times, LoadStats stats) : Participant(link, scanner)
{
    public long Delivered { get; private set; }

    public override void Count(int bytes) => stats.Bytes += bytes;

    protected override void Replied(int replies, long nowNs)
    {
        if (Delivered + replies > times.Published)
            throw new LoadException("The server delivered more messages than were published.");
        for (var i = 0; i < replies; i++)
            stats.Latency.Record(nowNs - times[Delivered++]);
        stats.Operations += replies;
    }
}
