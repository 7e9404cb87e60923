using System.CommandLine;

namespace Grains.Benchmarks;

/// <summary>The command line of <see cref="Versus"/>.</summary>
internal static class VersusCommand
{
    public static Command Make()
    {
        var defaults = new VersusOptions();
        var rounds = new Option<int>("--rounds") { Description = "Fresh processes of each side.", DefaultValueFactory = _ => defaults.Rounds };
        var seconds = new Option<double>("--seconds") { Description = "Measured in each.", DefaultValueFactory = _ => defaults.Seconds };
        var warmup = new Option<double>("--warmup") { Description = "Seconds of load before.", DefaultValueFactory = _ => defaults.WarmupSeconds };
        var only = new Option<string[]>("--only") { Description = "Workloads, as globs: 'get-*' publish-10 idle.", AllowMultipleArgumentsPerToken = true };
        var sides = new Option<string[]>("--sides") { Description = "Sides, as globs: 'grains-*' redis nats 'echo-*'.", AllowMultipleArgumentsPerToken = true };
        var window = new Option<int>("--window") { Description = "Messages that a publisher may be ahead of its slowest subscriber.", DefaultValueFactory = _ => defaults.Window };
        var quick = new Option<bool>("--quick") { Description = "One round, half a second each, fewer connections and keys: shows that everything works." };
        var install = new Option<bool>("--install") { Description = "Install redis-server and nats-server where they are missing (apt-get)." };
        var file = new Option<string?>("--out") { Description = "Also write the Markdown to this file." };
        var server = new Option<string?>("--server") { Description = "Grains.Server.dll of another build." };
        var baseline = new Option<string?>("--baseline") { Description = "Grains.Server.dll of a second build, measured beside the first." };
        var command = new Command("versus", "Measures the server against redis-server, nats-server and a bare Kestrel echo, and prints a table.")
        {
            rounds, seconds, warmup, only, sides, window, quick, install, file, server, baseline,
        };
        command.SetAction(parsed =>
        {
            var options = new VersusOptions
            {
                Rounds = parsed.GetValue(rounds),
                Seconds = parsed.GetValue(seconds),
                WarmupSeconds = parsed.GetValue(warmup),
                Only = parsed.GetValue(only) ?? [],
                Sides = parsed.GetValue(sides) ?? [],
                Window = parsed.GetValue(window),
                Install = parsed.GetValue(install),
                Out = parsed.GetValue(file),
                Server = parsed.GetValue(server),
                Baseline = parsed.GetValue(baseline),
            };
            return Versus.Run(parsed.GetValue(quick) ? Quick(options) : options);
        });
        return command;
    }

    private static VersusOptions Quick(VersusOptions options) =>
        options with { Rounds = 1, Seconds = 0.5, WarmupSeconds = 0.5, IdleConnections = 1_000, Keys = 20_000 };
}
