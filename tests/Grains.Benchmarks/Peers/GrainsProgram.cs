namespace Grains.Benchmarks.Peers;

/// <summary>The server's own executable with its defaults: memory, Local engine.</summary>
/// <param name="name">How it is called in messages.</param>
/// <param name="path"><c>Grains.Server.dll</c> of a Release build.</param>
internal sealed class GrainsProgram(string name, string path) : IServerProgram
{
    private readonly string _path = Path.GetFullPath(path);

    public const int TcpPort = 0;
    public const int HttpPort = 1;

    public string Name => name;

    public string? Version => $"{name}: {File.GetLastWriteTimeUtc(_path):yyyy-MM-dd HH:mm} UTC, .NET {Environment.Version}";

    /// <summary>The build beside this one, in the same clone and of the same configuration.</summary>
    public static string OwnPath()
    {
        // …/tests/Grains.Benchmarks/bin/Release/net10.0/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (output.Name, output.Parent!.Name);
        for (var folder = output; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Grains.sln")))
                return Path.Combine(folder.FullName, "src", "Grains.Server", "bin", configuration, framework, "Grains.Server.dll");
        }

        throw new FileNotFoundException("There is no Grains.sln above this program.");
    }

    public bool CompilesAsItRuns => true;

    public ServerProcess Start() => ServerProcess.Start("dotnet", 2, ports =>
        [_path, $"--Grains:Listen:Tcp=127.0.0.1:{ports[TcpPort]}", $"--Grains:Listen:Http=127.0.0.1:{ports[HttpPort]}"]);
}
