namespace Grains.Benchmarks.Peers;

/// <summary>This program again, as <see cref="EchoServer"/>.</summary>
internal sealed class EchoProgram : IServerProgram
{
    public const int TcpPort = 0;
    public const int HttpPort = 1;

    public string Name => "Kestrel echo";

    public string? Version => $"Kestrel of .NET {Environment.Version}";

    public bool CompilesAsItRuns => true;

    public ServerProcess Start() => ServerProcess.Start(
        "dotnet", 2, ports => [typeof(EchoProgram).Assembly.Location, EchoServer.CommandName, $"{ports[TcpPort]}", $"{ports[HttpPort]}"],
        // As servers are compiled, also this one, and not as the driver is.
        environment => environment["DOTNET_TieredCompilation"] = "1");
}
