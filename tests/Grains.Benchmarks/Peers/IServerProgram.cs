namespace Grains.Benchmarks.Peers;

/// <summary>A server that can be started again and again.</summary>
internal interface IServerProgram
{
    string Name { get; }

    /// <summary>What exactly runs; shown above the table. Null when it is not installed.</summary>
    string? Version { get; }

    /// <summary>A fresh process, that listens.</summary>
    ServerProcess Start();
}
