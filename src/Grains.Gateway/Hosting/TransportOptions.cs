using Grains.Gateway.Transports.Epoll;

namespace Grains.Gateway.Hosting;

/// <summary>Section <c>Grains:Transport</c>: how bytes come and go.</summary>
public sealed class TransportOptions
{
    public const string Section = "Grains:Transport";

    /// <summary><c>epoll</c> (Linux: threads of our own that wait for sockets and run what comes), <c>sockets</c> (the platform's), or <c>auto</c>:
    /// the first where there is Linux.</summary>
    public string Use { get; set; } = "auto";

    /// <summary>Threads of the epoll transport at most: more than one only run while they do more together. 0 is one for each processor, at most
    /// 8.</summary>
    public int Threads { get; set; }

    internal bool UsesEpoll => EpollTransportFactory.IsSupported && !Use.Equals("sockets", StringComparison.OrdinalIgnoreCase);

    internal int Loops => Threads > 0 ? Threads : Math.Min(Environment.ProcessorCount, 8);

    public IEnumerable<string> Validate()
    {
        if (!Use.Equals("auto", StringComparison.OrdinalIgnoreCase) && !Use.Equals("epoll", StringComparison.OrdinalIgnoreCase)
            && !Use.Equals("sockets", StringComparison.OrdinalIgnoreCase))
            yield return $"{Section}:Use must be auto, epoll or sockets.";
        if (Use.Equals("epoll", StringComparison.OrdinalIgnoreCase) && !EpollTransportFactory.IsSupported)
            yield return $"{Section}:Use is epoll, which this system does not have.";
        if (Threads is < 0 or > 64)
            yield return $"{Section}:Threads must be between 0 and 64.";
    }
}
