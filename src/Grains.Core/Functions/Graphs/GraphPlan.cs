using System.Collections.Immutable;

namespace Grains.Functions;

/// <summary>
/// What a graph of calls means, worked out before anything runs: which command refers to which, and on which level each is
/// (the length of its longest chain of references). Pure; made by <see cref="GraphRunner"/> for every graph of more than one command.
/// A graph with a cycle, or with an explicit reference to no command, has no plan.
/// </summary>
internal sealed class GraphPlan
{
    private GraphPlan(PlannedCommand[] commands, bool explicitReferences)
    {
        Commands = commands;
        ExplicitReferences = explicitReferences;
    }

    /// <summary>In the order of the request; of commands with one name only the last is here.</summary>
    public PlannedCommand[] Commands { get; }

    public bool ExplicitReferences { get; }

    public int LevelCount { get; private set; }

    /// <returns>Null and why not, when the graph cannot run.</returns>
    public static GraphPlan? TryMake(CallGraph graph, out GraphReply? refusal)
    {
        var kept = KeepLast(graph.Commands);
        var names = new CommandNames(kept.Length);
        for (var i = 0; i < kept.Length; i++)
            names.Add(kept[i].Command.Name, i);

        var plan = new GraphPlan(kept, graph.ExplicitReferences);
        refusal = plan.FindReferences(names) ?? plan.FindLevels();
        return refusal is null ? plan : null;
    }

    private static PlannedCommand[] KeepLast(ImmutableArray<GraphCommand> commands)
    {
        var last = new Dictionary<string, int>(commands.Length, StringComparer.Ordinal);
        for (var i = 0; i < commands.Length; i++)
            last[commands[i].Name] = i;

        var kept = new PlannedCommand[last.Count];
        var count = 0;
        for (var i = 0; i < commands.Length; i++)
        {
            if (last[commands[i].Name] == i)
                kept[count++] = new PlannedCommand(commands[i]);
        }

        return kept;
    }

    private GraphReply? FindReferences(CommandNames names)
    {
        var needs = new HashSet<int>();
        for (var i = 0; i < Commands.Length; i++)
        {
            var planned = Commands[i];
            var call = planned.Command.Call;
            var refusal = GraphReferences.Scan(call.Arguments, ExplicitReferences, names, ref planned.InArguments)
                ?? GraphReferences.Scan(call.Keywords, ExplicitReferences, names, ref planned.InKeywords);
            if (refusal is not null)
                return refusal;
            needs.Clear();
            AddNeeds(planned.InArguments, needs);
            AddNeeds(planned.InKeywords, needs);
            foreach (var needed in needs)
            {
                planned.Needs.Add(needed);
                Commands[needed].NeededBy.Add(i);
            }
        }

        return null;
    }

    private static void AddNeeds(List<GraphReference>? references, HashSet<int> needs)
    {
        if (references is null)
            return;
        foreach (var reference in references)
            needs.Add(reference.Command);
    }

    // Takes away commands that need nothing more, level by level; what is left over is in, or behind, a cycle.
    private GraphReply? FindLevels()
    {
        var open = new int[Commands.Length];
        var order = new Queue<int>(Commands.Length);
        for (var i = 0; i < Commands.Length; i++)
        {
            open[i] = Commands[i].Needs.Count;
            if (open[i] == 0)
                order.Enqueue(i);
        }

        var left = Commands.Length;
        while (order.TryDequeue(out var done))
        {
            left--;
            LevelCount = Math.Max(LevelCount, Commands[done].Level + 1);
            foreach (var next in Commands[done].NeededBy)
            {
                Commands[next].Level = Math.Max(Commands[next].Level, Commands[done].Level + 1);
                if (--open[next] == 0)
                    order.Enqueue(next);
            }
        }

        return left == 0 ? null : GraphReply.Fail(ErrorCode.ExecutionFailed, FunctionErrors.ExecutionFailed, DescribeCycle(open));
    }

    private string DescribeCycle(int[] open)
    {
        var seen = new Dictionary<int, int>();
        var path = new List<string>();
        var at = Array.FindIndex(open, static n => n > 0);
        while (seen.TryAdd(at, path.Count))
        {
            path.Add(Commands[at].Command.Name);
            at = Commands[at].Needs.Find(n => open[n] > 0);
        }

        var cycle = path.Skip(seen[at]).Append(Commands[at].Command.Name);
        return $"The commands refer to each other in a cycle: {string.Join(" -> ", cycle)}";
    }
}
