using System.Globalization;
using System.Runtime.InteropServices;

namespace Grains.Benchmarks.Report;

/// <summary>What the figures are of.</summary>
internal static class Machine
{
    /// <summary>Processors that a quiet machine spends on itself at most.</summary>
    public const double QuietCpu = 0.1;

    public static string Description()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        var processor = model?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        return string.Create(CultureInfo.InvariantCulture,
            $"{processor}, {Environment.ProcessorCount} processors shared by client and server, {memory:0} GiB, "
            + $"Linux {Environment.OSVersion.Version.ToString(2)}, {RuntimeInformation.FrameworkDescription}");
    }
}
