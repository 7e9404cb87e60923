using System.Globalization;
using System.Reflection;
using System.Text;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Report;
using Grains.Benchmarks.Workloads;

namespace Grains.Benchmarks;

/// <summary>The load mode: measures the server against its peers and prints the tables.</summary>
internal static class Versus
{
    public static int Run(VersusOptions options)
    {
        if (WhyNotHere(options) is { } why)
        {
            Console.Error.WriteLine(why);
            return 2;
        }

        if (options.Install)
            InstalledProgram.Install([.. Missing("redis-server", RedisProgram.Package), .. Missing("nats-server", NatsProgram.Package)]);
        var sides = new Sides(options.Server ?? GrainsProgram.OwnPath(), options.Baseline);
        var results = new Results();
        RateWorkload[] rates = [.. WorkloadCatalogue.Rates(options.Window).Where(workload => Glob.MatchesAny(options.Only, workload.Name))];
        MemoryWorkload[] memories =
            [.. WorkloadCatalogue.Memories(options.IdleConnections, options.Keys).Where(workload => Glob.MatchesAny(options.Only, workload.Name))];
        if (rates.Length + memories.Length == 0)
        {
            Console.Error.WriteLine($"No workload is called {string.Join(" or ", options.Only)}. There are: "
                + string.Join(' ', WorkloadCatalogue.Rates(1).Select(workload => workload.Name).Concat(["idle", "keys"])));
            return 2;
        }

        var comparison = new Comparison(options, sides, results);
        foreach (var workload in rates)
            comparison.Run(workload);
        foreach (var workload in memories)
            comparison.Run(workload);

        var report = Report(options, sides, results, rates, memories);
        Console.Write(report);
        if (options.Out is not null)
            File.WriteAllText(options.Out, report);
        return 0;
    }

    private static string? WhyNotHere(VersusOptions options)
    {
        if (!OperatingSystem.IsLinux())
            return "The load mode needs Linux: it drives with epoll and reads /proc.";
        if (Configuration() != "Release")
            return "Only a Release build is worth measuring: dotnet run -c Release --project tests/Grains.Benchmarks -- versus";
        foreach (var path in new[] { options.Server ?? GrainsProgram.OwnPath(), options.Baseline })
        {
            if (path is not null && !File.Exists(path))
                return $"There is no server at {path}.";
        }

        return null;
    }

    private static string? Configuration() => typeof(Versus).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration;

    private static IEnumerable<string> Missing(string program, string package) => InstalledProgram.Find(program) is null ? [package] : [];

    private static string Report(VersusOptions options, Sides sides, Results results, RateWorkload[] rates, MemoryWorkload[] memories)
    {
        var tables = new Tables(results, sides);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Machine.Description()}; {DateTime.UtcNow:yyyy-MM-dd}.\n");
        foreach (var program in sides.Programs)
            text.Append(CultureInfo.InvariantCulture, $"- {program.Version ?? program.Name + ": not installed"}\n");
        text.Append(CultureInfo.InvariantCulture,
            $"\nMedians of {options.Rounds} fresh processes each, {options.Seconds:0.##} s measured after {options.WarmupSeconds:0.##} s of load (programs that are not .NET: at most 1); ");
        text.Append("in brackets the smallest and the largest. At a rate: medians of short turns, and all of them together. One driver thread; client CPU 1 is all it has. Values of 100 bytes.\n");
        if (results.OthersCpu() is { } others)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"Other programs, and the host, took {others.Median:0.00} processors meanwhile, at most {others.Max:0.00}.");
            text.Append(others.Median > Machine.QuietCpu ? " **The machine was not quiet: these figures are worth nothing.**\n" : "\n");
        }

        if (rates.Length > 0)
        {
            text.Append("\n### At the peak\n\n").Append(tables.Rates(rates));
            text.Append("\n### Latency at half the slowest side's peak, counted from when each request was due\n\n").Append(tables.Latencies(rates));
        }

        if (memories.Length > 0)
            text.Append("\n### Memory\n\n").Append(tables.Memories(memories));
        text.Append("\n### Budgets\n\n").Append(tables.BudgetLines());
        var failures = tables.Failures([.. rates.Select(workload => workload.Name), .. memories.Select(workload => workload.Name)]);
        if (failures.Length > 0)
            text.Append("\n### What failed\n\n").Append(failures);
        return text.ToString();
    }
}
