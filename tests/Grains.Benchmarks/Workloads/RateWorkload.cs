using Grains.Benchmarks.Peers;

namespace Grains.Benchmarks.Workloads;

/// <summary>A workload of which is asked how much a second and how long each takes.</summary>
internal abstract class RateWorkload
{
    /// <summary>The two values of 100 bytes that all payloads are.</summary>
    protected static readonly string[] Values = [new('a', 100), new('b', 100)];

    /// <summary>The server's own sides.</summary>
    protected static readonly string[] Servers =
        [Peers.Sides.GrainsTcp, Peers.Sides.GrainsWebSocket, Peers.Sides.BaselineTcp, Peers.Sides.BaselineWebSocket];

    /// <summary>For <c>--only</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The side that the ratio is to.</summary>
    public abstract string Peer { get; }

    /// <summary>In the order of the table.</summary>
    public abstract IReadOnlyList<string> Sides { get; }

    /// <summary>Operations are deliveries to subscribers rather than requests.</summary>
    public virtual bool CountsDeliveries => false;

    /// <summary>Operations for one that the open loop schedules: a message is delivered several times.</summary>
    public virtual int OperationsPerScheduled => 1;

    /// <summary>The echo that the server's limit is, for a side of the server's; null when there is none.</summary>
    public virtual string? EchoOf(string side) => null;

    /// <summary>Opens the connections and prepares the server.</summary>
    public abstract IScenario Open(Side side, ServerProcess server);
}
