using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Grains.Tests.Functions;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>The server as the program that it is, a silo of a cluster by its settings: so it can be killed as no silo in the test's process could be.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Listening = "Listening on ";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly TaskCompletionSource<Uri> _tcp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Tcp => _tcp.Task.Result;

    /// <summary>Starts it and waits until clients may come.</summary>
    public static async Task<ServerProcess> StartAsync(int number, int port, int primaryPort, string cluster)
    {
        var name = OperatingSystem.IsWindows() ? "Grains.Server.exe" : "Grains.Server";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, name))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The runtime that runs the test.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (setting, value) in new Dictionary<string, string>
        {
            ["Grains:Engine"] = OrleansHosting.EngineName,
            ["Grains:NodeName"] = $"node-{number}",
            ["Grains:Listen:Http"] = "127.0.0.1:0",
            ["Grains:Listen:Tcp"] = "127.0.0.1:0",
            ["Orleans:ClusterId"] = cluster,
            ["Orleans:ServiceId"] = cluster,
            ["Orleans:Clustering:ProviderType"] = "Development",
            ["Orleans:Clustering:PrimarySiloEndPoint"] = $"127.0.0.1:{primaryPort}",
            ["Orleans:Endpoints:AdvertisedIPAddress"] = "127.0.0.1",
            ["Orleans:Endpoints:SiloPort"] = port.ToString(CultureInfo.InvariantCulture),
            ["Orleans:Endpoints:GatewayPort"] = "0",
        })
            start.ArgumentList.Add($"--{setting}={value}");
        var server = new ServerProcess(Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start."));
        await Task.WhenAny(server._tcp.Task, server._process.WaitForExitAsync()).WaitAsync(Guard.Limit);
        if (server._tcp.Task.IsCompleted)
            return server;
        await server.DisposeAsync();
        throw new InvalidOperationException($"{name} ended:\n{string.Join('\n', server._said)}");
    }

    /// <summary>Ends it at once: it has no time to say anything to anybody.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Guard.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _said.Enqueue(line);
        var at = line.IndexOf(Listening + "tcp:", StringComparison.Ordinal);
        if (at >= 0)
            _tcp.TrySetResult(new Uri(line[(at + Listening.Length)..].Trim()));
    }
}
