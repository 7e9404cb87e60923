using Orleans.TestingHost;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Numbers for the addresses of silos that reach each other in memory. No port is opened, so none has to be free: looking for free ones fails on
/// a machine where other tests have just closed some ten thousand connections.</summary>
internal sealed class PortNumbers : ITestClusterPortAllocator
{
    private const int FirstSilo = 10_000;
    private const int FirstGateway = 40_000;
    private const int Count = 20_000;

    private static int _last;

    public (int, int) AllocateConsecutivePortPairs(int numPorts)
    {
        var number = (int)((uint)Interlocked.Add(ref _last, numPorts) % (Count - numPorts));
        return (FirstSilo + number, FirstGateway + number);
    }

    public void Dispose()
    {
    }
}
