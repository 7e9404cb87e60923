using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>The connection that publishes, and counts the acknowledgements where the protocol has them.</summary>
internal sealed class Publisher(Link link, ReplyScanner scanner, RequestRing ring, PublishTimes times) : Participant(link, scanner)
{
    public long Acknowledged { get; private set; }

    /// <summary>How many it takes at once.</summary>
    public int BurstMax => ring.BurstMax;

    /// <summary>Sends messages whose times have been noted.</summary>
    public void Send(int count)
    {
        for (; count > 0; count -= ring.BurstMax)
            Link.Send(ring.Take(Math.Min(count, ring.BurstMax)));
    }

    protected override void Replied(int replies, long nowNs)
    {
        Acknowledged += replies;
        if (Acknowledged > times.Published)
            throw new LoadException("The server acknowledged more messages than were published.");
    }
}
