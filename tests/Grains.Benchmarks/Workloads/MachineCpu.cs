using System.Globalization;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Workloads;

/// <summary>The processor time of the whole machine.</summary>
internal static class MachineCpu
{
    private const int Idle = 3;
    private const int WaitingForDisk = 4;
    private const int Steal = 7;

    private static readonly double TickSeconds = 1.0 / Libc.Configuration(Libc.ClockTicksPerSecond);

    /// <summary>Seconds that its processors were busy, or taken away by the host, since it started.</summary>
    public static double BusySeconds()
    {
        // cpu  user nice system idle iowait irq softirq steal guest guest_nice; user contains guest.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
        return TickSeconds * fields[..(Steal + 1)]
            .Where((_, place) => place is not (Idle or WaitingForDisk))
            .Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
    }
}
