using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Peers;

/// <summary>
/// A server that runs as a process of its own, started by <see cref="Start"/> and killed by <see cref="Dispose"/> or when this program ends. Also its
/// meter: processor time and resident memory as the kernel accounts them.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const int TailLines = 20;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly double TickSeconds = 1.0 / Libc.Configuration(Libc.ClockTicksPerSecond);
    private static readonly ConcurrentDictionary<ServerProcess, bool> Running = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _tail = new();
    private readonly IPEndPoint[] _endPoints;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var server in Running.Keys)
            server.Dispose();
    };

    private ServerProcess(Process process, IPEndPoint[] endPoints)
    {
        _process = process;
        _endPoints = endPoints;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    public int Id => _process.Id;

    /// <summary>Processor time used so far, in seconds.</summary>
    public double CpuSeconds
    {
        get
        {
            // man 5 proc_pid_stat: the name may have blanks, so the fields are counted behind it; utime and stime are the 14th and 15th.
            var stat = File.ReadAllText($"/proc/{Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * TickSeconds;
        }
    }

    public long ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{Id}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="ports">How many free ports it needs.</param>
    /// <param name="arguments">Made of the ports.</param>
    /// <param name="environment">Changes what it inherits.</param>
    public static ServerProcess Start(
        string program, int ports, Func<int[], IEnumerable<string>> arguments, Action<IDictionary<string, string?>>? environment = null)
    {
        var free = FreePorts(ports);
        var start = new ProcessStartInfo(program, arguments(free))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // What "dotnet run" sets for this program is not meant for the servers.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        environment?.Invoke(start.Environment);
        var process = Process.Start(start) ?? throw new LoadException($"{program} does not start.");
        var server = new ServerProcess(process, [.. free.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
        Running[server] = true;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            server.AwaitListening();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>The n-th of the ports it was given.</summary>
    public IPEndPoint EndPoint(int number) => _endPoints[number];

    public void Dispose()
    {
        if (!Running.TryRemove(this, out _))
            return;
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }

    private void AwaitListening()
    {
        var began = Stopwatch.StartNew();
        foreach (var endPoint in _endPoints)
        {
            while (!Listens(endPoint))
            {
                if (_process.HasExited)
                    throw new LoadException($"{_process.StartInfo.FileName} ended: {string.Join(" / ", _tail)}");
                if (began.Elapsed > StartTimeout)
                    throw new LoadException($"{_process.StartInfo.FileName} does not listen on {endPoint}: {string.Join(" / ", _tail)}");
                Thread.Sleep(20);
            }
        }
    }

    private static bool Listens(IPEndPoint endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _tail.Enqueue(line);
        if (_tail.Count > TailLines)
            _tail.TryDequeue(out _);
    }
}
