using System.Net;
using System.Net.Sockets;
using Grains.Gateway.Hosting;
using Grains.Tests;
using Grains.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Two real servers in the test's process, each a silo of one cluster, as two programs on one machine are: real sockets to their clients and
/// between them. The first is there for as long as the cluster is; the second may stop.</summary>
internal sealed class TwoServers : IAsyncDisposable
{
    private TwoServers(TestServer first, TestServer second)
    {
        Both = [first, second];
    }

    // Of two runs at once each begins elsewhere.
    private static int _lastPort = Environment.ProcessId * 61;

    public IReadOnlyList<TestServer> Both { get; }

    public TestServer First => Both[0];

    public TestServer Second => Both[1];

    /// <param name="settings">Of both, below <c>Grains:</c>.</param>
    /// <param name="time">The clock of both; null: the system's.</param>
    /// <param name="tls">Serve <c>wss</c> and <c>tcps</c> too.</param>
    /// <param name="functions">Functions of both.</param>
    /// <param name="configure">What else both silos have.</param>
    public static async Task<TwoServers> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null, ManualTime? time = null, bool tls = false, Action<GrainsBuilder>? functions = null,
        Action<ISiloBuilder>? configure = null)
    {
        var ports = FreePorts(2);
        var cluster = $"grains-{Guid.NewGuid():N}";
        return new TwoServers(
            await StartAsync(1, ports[0], ports[0], cluster, settings, time, tls, functions, configure),
            await StartAsync(2, ports[1], ports[0], cluster, settings, time, tls, functions, configure));
    }

    /// <summary>Ports for silos, which must know each other's before they listen: ports that nobody has now, below those that connections are
    /// given, since one of these may be taken again at any moment.</summary>
    public static int[] FreePorts(int count) => [.. Ports().Where(IsFree).Take(count)];

    private static IEnumerable<int> Ports()
    {
        while (true)
            yield return 20_000 + (int)((uint)Interlocked.Increment(ref _lastPort) % 10_000);
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    public static Task<TestServer> StartAsync(
        int number, int port, int primaryPort, string cluster, IReadOnlyDictionary<string, string>? settings = null, ManualTime? time = null,
        bool tls = false, Action<GrainsBuilder>? functions = null, Action<ISiloBuilder>? configure = null)
    {
        var all = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["Engine"] = OrleansHosting.EngineName,
            ["NodeName"] = $"node-{number}",
        };
        return TestServer.StartAsync(all, tls: tls, functions: functions, configure: builder =>
        {
            if (time is not null)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
                // What the silo itself does goes on by the system's clock.
                builder.Services.AddKeyedSingleton<TimeProvider>(KeyedService.AnyKey, static (_, _) => TimeProvider.System);
            }

            builder.AddOrleansEngine(silo =>
            {
                silo.UseLocalhostClustering(port, gatewayPort: 0, new IPEndPoint(IPAddress.Loopback, primaryPort), cluster, cluster);
                configure?.Invoke(silo);
            });
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
