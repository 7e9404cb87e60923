using System.CommandLine;

namespace Grains.Benchmarks;

/// <summary>The command line of <see cref="Versus"/>.</summary>
internal static class VersusCommand
{
    public static Command Make()
    {
        var defaults = new VersusOptions();
        var rounds = With("--rounds", "Fresh processes of each side.", defaults.Rounds);
        var seconds = With("--seconds", "Measured in each.", defaults.Seconds);
        var warmup = With("--warmup", "Seconds of load before that, for .NET programs (for others 1).", defaults.WarmupSeconds);
        var only = Globs("--only", "Workloads, as globs: 'get-*' publish-10 idle.");
        var sides = Globs("--sides", "Sides, as globs: 'grains-*' redis nats 'echo-*'.");
        var window = With("--window", "Messages that a publisher may be ahead of its slowest subscriber.", defaults.Window);
        var quick = With("--quick", "One round, half a second each, fewer connections and keys: shows that everything works.", false);
        var install = With("--install", "Install redis-server and nats-server where they are missing (apt-get).", false);
        var file = With<string?>("--out", "Also write the Markdown to this file.", null);
        var server = With<string?>("--server", "Grains.Server.dll of another build.", null);
        var baseline = With<string?>("--baseline", "Grains.Server.dll of a second build, measured beside the first.", null);
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

    private static Option<T> With<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<string[]> Globs(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    private static VersusOptions Quick(VersusOptions options) =>
        options with { Rounds = 1, AgainMax = 0, Seconds = 0.5, WarmupSeconds = 0.5, IdleConnections = 1_000, Keys = 20_000 };
}
