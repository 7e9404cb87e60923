namespace Grains.Benchmarks.Workloads;

/// <summary>A server under one workload, with its connections open.</summary>
internal interface IScenario : IDisposable
{
    /// <summary>As much as it can take: a closed loop.</summary>
    Figures Peak(Timing timing);

    /// <summary>An open loop: operations are sent when they are due, whether or not earlier ones have been answered, and latency counts from
    /// when they were due. So a server that stops for a while is charged with all that had to wait.</summary>
    /// <param name="rate">A second: requests, or messages published.</param>
    /// <param name="timing">How long.</param>
    Figures AtRate(double rate, Timing timing);

    /// <summary>Between measurements: answers what the server asks of an idle client, which would be taken for dead otherwise.</summary>
    void Attend();
}
