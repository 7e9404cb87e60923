using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>Connections that ask: each keeps <paramref name="depth"/> requests under way. In the open loop a connection that is due sends as many at
/// once, and the next connection is due when the rate says so.</summary>
/// <param name="server">Who is asked.</param>
/// <param name="depth">Requests of one connection that belong together.</param>
internal sealed class RequestScenario(ServerProcess server, int depth) : Scenario(server)
{
    /// <summary>Past it a server does not keep up at all with half of what it can do: nothing is measured any more.</summary>
    private const int WaitingMax = 1_000_000;

    private readonly List<Requester> _requesters = [];
    private Schedule? _schedule;
    private int _turn;

    public void Add(Link link, Wire.ReplyScanner scanner, RequestRing ring)
    {
        var requester = new Requester(link, scanner, ring, Stats);
        _requesters.Add(requester);
        Loop.Add(requester);
    }

    /// <summary>A connection that answers calls.</summary>
    public void Add(Responder responder) => Loop.Add(responder);

    protected override void BeginClosedLoop()
    {
        foreach (var requester in _requesters)
        {
            requester.IsClosedLoop = true;
            requester.Send(depth, LoadLoop.NowNs());
        }
    }

    protected override void BeginOpenLoop(double rate) => _schedule = new Schedule(LoadLoop.NowNs(), rate / depth);

    protected override long Pace(long nowNs)
    {
        if (_schedule is null)
            return long.MaxValue;
        while (_schedule.NextNs <= nowNs)
        {
            _requesters[_turn].SendDue(depth, _schedule.Take());
            if (_requesters[_turn].Waiting > WaitingMax)
                throw new LoadException("The server does not keep up with half the rate.");
            _turn = (_turn + 1) % _requesters.Count;
        }

        return _schedule.NextNs - nowNs;
    }

    protected override void Stop()
    {
        _schedule = null;
        foreach (var requester in _requesters)
        {
            requester.IsClosedLoop = false;
            requester.ForgetWaiting();
        }
    }

    protected override string? Missing()
    {
        var missing = _requesters.Sum(requester => requester.UnderWay);
        return missing == 0 ? null : $"{missing} requests were not answered.";
    }
}
