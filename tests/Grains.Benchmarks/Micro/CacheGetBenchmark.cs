using BenchmarkDotNet.Attributes;

namespace Grains.Benchmarks.Micro;

/// <summary>What does it cost to parse and answer one cache get of 100 bytes, without the socket? Alone, and as one of sixteen in a burst.</summary>
[MemoryDiagnoser]
public class CacheGetBenchmark
{
    private const int Burst = 16;

    private SocketlessServer _server = null!;
    private byte[] _one = [];
    private byte[] _many = [];

    [Params(false, true)]
    public bool WebSocket { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _server = new SocketlessServer(WebSocket);
        const string Key = """
            "key":{"namespace":"bench","identifier":"k1"}
            """;
        var value = new string('a', 100);
        _server.Check(Frame($$"""{"role":"cache-request","u":"1","operation":"put",{{Key}},"value":"{{value}}"}"""), 1);
        _one = Frame($$$"""{"role":"cache-request","u":"1","operation":"get",{{{Key}}}}""");
        _many = [.. Enumerable.Repeat(_one, Burst).SelectMany(frame => frame)];
        _server.Check(_one, 1);
        _server.Check(_many, Burst);
    }

    [Benchmark(Baseline = true)]
    public int One() => _server.Ask(_one).Length;

    [Benchmark(OperationsPerInvoke = Burst)]
    public int OneOfSixteen() => _server.Ask(_many).Length;

    private byte[] Frame(string message) => SocketlessServer.Frame(WebSocket, message);
}
