using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

namespace Grains.Benchmarks.Micro;

/// <summary>Runs the BenchmarkDotNet classes of this folder: one for each question.</summary>
internal static class MicroBenchmarks
{
    public static int Run(string[] args)
    {
        // Beside the program, where nothing that it writes is taken for a file of the project.
        var config = DefaultConfig.Instance.WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "artifacts"));
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroBenchmarks).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
        return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
