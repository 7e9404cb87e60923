using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>
/// One connection that publishes and others that all receive everything. So that no server has to drop anything, the publisher is never more than a
/// window ahead of the slowest subscriber; at the end every subscriber must have got every message.
/// </summary>
/// <param name="server">Where to.</param>
/// <param name="window">Messages that may be under way.</param>
/// <param name="acknowledges">Whether each publish is acknowledged.</param>
internal sealed class PublishScenario(ServerProcess server, int window, bool acknowledges) : Scenario(server)
{
    private readonly List<Subscriber> _subscribers = [];
    private readonly PublishTimes _times = new();
    private Publisher? _publisher;
    private Schedule? _schedule;
    private bool _isClosedLoop;

    public void AddSubscriber(Link link, Wire.ReplyScanner scanner)
    {
        var subscriber = new Subscriber(link, scanner, _times, Stats);
        _subscribers.Add(subscriber);
        Loop.Add(subscriber);
    }

    public void AddPublisher(Link link, Wire.ReplyScanner scanner, RequestRing ring)
    {
        _publisher = new Publisher(link, scanner, ring, _times);
        Loop.Add(_publisher);
    }

    protected override void BeginClosedLoop() => _isClosedLoop = true;

    protected override void BeginOpenLoop(double rate) => _schedule = new Schedule(LoadLoop.NowNs(), rate);

    protected override long Pace(long nowNs)
    {
        if (_isClosedLoop)
            FillWindow(nowNs);
        return _schedule is null ? long.MaxValue : SendDue(_schedule, nowNs);
    }

    protected override void Stop()
    {
        _isClosedLoop = false;
        _schedule = null;
    }

    protected override string? Missing()
    {
        var published = _times.Published;
        var missing = _subscribers.Sum(subscriber => published - subscriber.Delivered);
        if (missing > 0)
            return $"{missing} of {published * _subscribers.Count} messages were not delivered.";
        return acknowledges && _publisher!.Acknowledged < published ? $"{published - _publisher.Acknowledged} messages were not acknowledged." : null;
    }

    // A part of the window at a time: a publisher that sent one message for each one delivered would spend all its time in system calls.
    private void FillWindow(long nowNs)
    {
        var room = window - UnderWay();
        if (room < Math.Max(1, window / 8))
            return;
        for (var i = 0; i < room; i++)
            _times.Add(nowNs);
        _publisher!.Send((int)room);
    }

    private long SendDue(Schedule schedule, long nowNs)
    {
        var due = 0;
        for (; schedule.NextNs <= nowNs; due++)
            _times.Add(schedule.Take());
        if (due > 0)
            _publisher!.Send(due);
        if (UnderWay() > PublishTimes.Kept / 2)
            throw new LoadException("The server does not keep up with half the rate.");
        return schedule.NextNs - nowNs;
    }

    private long UnderWay()
    {
        var slowest = long.MaxValue;
        foreach (var subscriber in _subscribers)
            slowest = Math.Min(slowest, subscriber.Delivered);
        return _times.Published - slowest;
    }
}
