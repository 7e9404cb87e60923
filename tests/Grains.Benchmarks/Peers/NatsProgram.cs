namespace Grains.Benchmarks.Peers;

/// <summary>nats-server with its defaults.</summary>
internal sealed class NatsProgram : IServerProgram
{
    public const string Package = "nats-server";

    private readonly Lazy<string?> _path = new(() => InstalledProgram.Find("nats-server"));

    public string Name => "nats-server";

    public string? Version => _path.Value is { } path ? InstalledProgram.FirstLine(path, "--version") : null;

    public bool CompilesAsItRuns => false;

    public ServerProcess Start() => ServerProcess.Start(_path.Value!, 1, ports => ["-a", "127.0.0.1", "-p", $"{ports[0]}"]);
}
