namespace Grains.Benchmarks.Peers;

/// <summary>redis-server without persistence, otherwise with its defaults.</summary>
internal sealed class RedisProgram : IServerProgram
{
    public const string Package = "redis-server";

    private readonly Lazy<string?> _path = new(() => InstalledProgram.Find("redis-server"));

    public string Name => "redis-server";

    // Redis server v=7.0.15 sha=00000000:0 …
    public string? Version => _path.Value is { } path ? InstalledProgram.FirstLine(path, "--version").Split(" sha=")[0] : null;

    public bool CompilesAsItRuns => false;

    public ServerProcess Start() => ServerProcess.Start(_path.Value!, 1, ports =>
        ["--port", $"{ports[0]}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", "15000", "--loglevel", "warning"]);
}
