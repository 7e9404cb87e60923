namespace Grains.Benchmarks.Peers;

/// <summary>A server that can be started again and again.</summary>
internal interface IServerProgram
{
    string Name { get; }

    /// <summary>What exactly runs; shown above the table. Null when it is not installed.</summary>
    string? Version { get; }

    /// <summary>A .NET program is compiled several times while it runs, better each time, and needs seconds of load to come to its speed.</summary>
    bool CompilesAsItRuns { get; }

    /// <summary>A fresh process, that listens.</summary>
    ServerProcess Start();
}
