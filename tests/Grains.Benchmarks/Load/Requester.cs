using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>
/// A connection that sends requests and counts their replies. In a closed loop it keeps as many under way as it was begun with; in an open one
/// somebody else says when. Replies are matched in order: each server here answers one connection's requests in the order they came.
/// </summary>
internal sealed class Requester(Link link, ReplyScanner scanner, RequestRing ring, LoadStats stats) : Participant(link, scanner)
{
    private readonly TimeQueue _sent = new();

    /// <summary>Every reply brings the next request.</summary>
    public bool IsClosedLoop { get; set; }

    public int UnderWay => _sent.Count;

    /// <param name="count">How many.</param>
    /// <param name="atNs">When they are sent, or should have been: latency counts from here.</param>
    public void Send(int count, long atNs)
    {
        _sent.Add(atNs, count);
        for (; count > 0; count -= ring.BurstMax)
            Link.Send(ring.Take(Math.Min(count, ring.BurstMax)));
    }

    protected override void Replied(int replies, long nowNs)
    {
        if (replies > _sent.Count)
            throw new LoadException("The server answered more requests than it was sent.");
        for (var i = 0; i < replies; i++)
            stats.Latency.Record(nowNs - _sent.Take());
        stats.Operations += replies;
        if (IsClosedLoop)
            Send(replies, nowNs);
    }
}
