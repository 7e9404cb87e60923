using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>
/// A connection that sends requests and counts their replies. In a closed loop it keeps as many under way as it was begun with; in an open one
/// somebody else says when, and what is more than <see cref="UnderWayMax"/> waits here, its time running. Replies are matched in order: each server
/// here answers one connection's requests in the order they came.
/// </summary>
internal sealed class Requester(Link link, ReplyScanner scanner, RequestRing ring, LoadStats stats) : Participant(link, scanner)
{
    /// <summary>As any client has a limit; less than what the servers allow.</summary>
    public const int UnderWayMax = 512;

    private readonly TimeQueue _sent = new();
    private readonly TimeQueue _waiting = new();

    /// <summary>Every reply brings the next request.</summary>
    public bool IsClosedLoop { get; set; }

    /// <summary>Sent and not answered.</summary>
    public int UnderWay => _sent.Count;

    /// <summary>Due and not sent.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Sends now, or when there is room.</summary>
    /// <param name="count">How many.</param>
    /// <param name="dueNs">When they are due: latency counts from here.</param>
    public void SendDue(int count, long dueNs)
    {
        _waiting.Add(dueNs, count);
        SendWaiting();
    }

    /// <summary>What is due and was not sent is not sent any more.</summary>
    public void ForgetWaiting()
    {
        while (_waiting.Count > 0)
            _waiting.Take();
    }

    /// <summary>Sends now.</summary>
    public void Send(int count, long nowNs)
    {
        _sent.Add(nowNs, count);
        Send(count);
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
        else
            SendWaiting();
    }

    private void SendWaiting()
    {
        var count = Math.Min(_waiting.Count, UnderWayMax - _sent.Count);
        for (var i = 0; i < count; i++)
            _sent.Add(_waiting.Take(), 1);
        Send(count);
    }

    private void Send(int count)
    {
        for (; count > 0; count -= ring.BurstMax)
            Link.Send(ring.Take(Math.Min(count, ring.BurstMax)));
    }
}
