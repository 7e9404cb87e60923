using System.Collections.Immutable;
using Grains.Cache;

namespace Grains.Local;

/// <summary>
/// The operations over a namespace. Each walks the index in small pieces and works key by key in the key's own turn: each key is atomic,
/// the whole is not. Keys that are there all the time are met exactly once.
/// </summary>
internal sealed class NamespaceOperations(LocalCache cache, NamespaceIndex namespaces, CacheOptions options, TimeProvider time)
{
    /// <summary>Grains taken from an index at once, under its lock.</summary>
    private const int StepGrains = 256;

    /// <summary>A scan gives its cursor back after looking at this many keys, however few matched.</summary>
    private const int ScanGrains = 10_000;

    private static readonly CacheOperation Delete = CacheOperations.All.Single(operation => operation.Name == "delete");

    private readonly NamespaceBackup _backup = new(cache, namespaces, options, time);
    private readonly CacheStatistics _statistics = new(cache, namespaces, options);

    public NamespaceReply Execute(NamespaceCommand command)
    {
        var anyNamespace = command.Operation is "invalidate" or "query" or "stats"
            || (command.Operation == "restore" && command.Namespace.Length == 0);
        if ((!anyNamespace || command.Namespace.Length > 0)
            && CommandCheck.CheckName("namespace", command.Namespace, options.NamespaceCharsMax) is { } badName)
            return NamespaceReply.Fail(ErrorCode.InvalidName, badName);
        if (command.MaxEntries is <= 0)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "max_entries must be at least 1");
        if (command.Pattern.Length > options.NamespaceCharsMax + options.IdentifierCharsMax + options.VersionCharsMax + 2)
            return NamespaceReply.Fail(ErrorCode.InvalidName, "The pattern is longer than a key can be");
        return command.Operation switch
        {
            "clear" => Clear(command, TableOf(command), whole: false),
            "invalidate" => Clear(command, TableOf(command), whole: true),
            "list" or "list_keys" => List(command, TableOf(command), whole: false),
            "query" => List(command, TableOf(command), whole: true),
            "count" => new NamespaceReply { Count = Walk(command, TableOf(command), whole: false, static (_, _) => true) },
            "scan" => Scan(command),
            "statistics" => new NamespaceReply { Data = _statistics.OfNamespace(command.Namespace) },
            "stats" => new NamespaceReply { Data = _statistics.OfAll() },
            "backup" => _backup.Backup(command),
            "restore" => _backup.Restore(command),
            "configure" => Configure(command),
            _ => NamespaceReply.Fail(ErrorCode.UnsupportedOperation, $"Unsupported namespace operation: {command.Operation}"),
        };
    }

    /// <summary>The next grains after a place, in the index's order.</summary>
    public static int Take(NamespaceTable table, ref GrainOrder place, Span<KeyGrain?> grains)
    {
        var count = table.Take(place, grains);
        if (count > 0)
            place = GrainOrder.Of(grains[count - 1]!);
        return count;
    }

    private IEnumerable<NamespaceTable> TableOf(NamespaceCommand command) => command.Namespace.Length == 0 ? namespaces.Tables
        : namespaces.TryGet(command.Namespace) is { } table ? [table]
        : [];

    private NamespaceReply Clear(NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole)
    {
        var removed = new HashSet<string>(StringComparer.Ordinal);
        var affected = 0L;
        var matched = Walk(command, tables, whole, (grain, _) =>
        {
            if (command.DryRun || TryDelete(grain))
                affected++;
            if (command.CascadeDependencies)
                removed.Add(KeyText(grain));
            return command.MaxEntries is null || affected < command.MaxEntries;
        });
        if (command.CascadeDependencies && removed.Count > 0)
            affected += Cascade(removed, command.DryRun);
        return new NamespaceReply { Count = matched, AffectedCount = affected };
    }

    // Entries anywhere that were made from a removed one go too, then those made from them, until none is left.
    private long Cascade(HashSet<string> removed, bool dryRun)
    {
        var affected = 0L;
        bool more;
        do
        {
            more = false;
            WalkAll(namespaces.Tables, (grain, state) =>
            {
                if (state.Metadata is not { Dependencies.Length: > 0 } metadata || !metadata.Dependencies.Any(removed.Contains)
                    || !removed.Add(KeyText(grain)))
                    return true;
                if (dryRun || TryDelete(grain))
                    affected++;
                return more = true;
            });
        }
        while (more);
        return affected;
    }

    private NamespaceReply List(NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole)
    {
        var keys = new List<string>();
        var max = Math.Min(command.MaxEntries ?? options.DefaultPageEntries, 100_000);
        var matched = Walk(command, tables, whole, (grain, _) =>
        {
            if (keys.Count < max)
                keys.Add(whole ? KeyText(grain) : NameOf(grain));
            return true;
        });
        keys.Sort(StringComparer.Ordinal);
        return new NamespaceReply { Keys = [.. keys], Count = matched };
    }

    private NamespaceReply Scan(NamespaceCommand command)
    {
        if (!GrainOrder.TryParse(command.Namespace, command.Cursor, out var place))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "The cursor is not one of this namespace and this run of the server");
        if (namespaces.TryGet(command.Namespace) is not { } table)
            return new NamespaceReply();
        var keys = ImmutableArray.CreateBuilder<string>();
        var max = Math.Min(command.MaxEntries ?? options.DefaultPageEntries, 100_000);
        var grains = new KeyGrain?[StepGrains];
        for (var seen = 0; seen < ScanGrains; seen += grains.Length)
        {
            var step = grains.AsSpan(0, Math.Min(grains.Length, max - keys.Count));
            var count = Take(table, ref place, step);
            foreach (var grain in step[..count])
            {
                if (Glob.IsMatch(command.Pattern, grain!.Identifier) && cache.Look(grain, static state => state.Exists))
                    keys.Add(NameOf(grain));
            }

            if (count < step.Length)
                return new NamespaceReply { Keys = keys.ToImmutable(), Count = keys.Count };
            if (keys.Count == max)
                break;
        }

        return new NamespaceReply { Keys = keys.ToImmutable(), Count = keys.Count, Cursor = place.ToCursor() };
    }

    private NamespaceReply Configure(NamespaceCommand command)
    {
        if (command.PublishChanges is not { } publish)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "configure needs publish_changes");
        return namespaces.TryConfigure(command.Namespace, publish)
            ? new NamespaceReply()
            : NamespaceReply.Fail(ErrorCode.OutOfMemory, $"{NamespaceIndex.ConfiguredMax} namespaces have been configured already");
    }

    // Calls visit for each entry that matches until it says no; counts those it was called for.
    private long Walk(NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole, Func<KeyGrain, KeyState, bool> visit)
    {
        var matched = 0L;
        WalkAll(tables, (grain, state) =>
        {
            if (!IsMatch(command, grain, whole))
                return true;
            matched++;
            return visit(grain, state);
        });
        return matched;
    }

    private void WalkAll(IEnumerable<NamespaceTable> tables, Func<KeyGrain, KeyState, bool> visit)
    {
        var grains = new KeyGrain?[StepGrains];
        foreach (var table in tables)
        {
            var place = GrainOrder.Start;
            int count;
            while ((count = Take(table, ref place, grains)) > 0)
            {
                foreach (var grain in grains.AsSpan(0, count))
                {
                    if (!cache.Look(grain!, state => !state.Exists || visit(grain!, state)))
                        return;
                }
            }
        }
    }

    // The pattern is on the identifier; whole also takes namespace:identifier:version and, with no namespace given, the namespace's name.
    private static bool IsMatch(NamespaceCommand command, KeyGrain grain, bool whole) =>
        Glob.IsMatch(command.Pattern, grain.Identifier)
        || (whole && (Glob.IsMatch(command.Pattern, KeyText(grain))
            || (command.Namespace.Length == 0 && Glob.IsMatch(command.Pattern, grain.Table.Name))));

    private bool TryDelete(KeyGrain grain) =>
        cache.TryTurn(grain, Delete, CacheCommand.Delete, out var reply)
        && reply.Outcome == CacheOutcome.Hit;

    private static string KeyText(KeyGrain grain) =>
        $"{grain.Table.Name}:{grain.Identifier}:{grain.Version}";

    // An identifier with an @ always gets its version, so that what follows the last @ is a version in every name that has one.
    private static string NameOf(KeyGrain grain) =>
        grain.Version == CacheKey.DefaultVersion && !grain.Identifier.Contains('@', StringComparison.Ordinal)
            ? grain.Identifier
            : $"{grain.Identifier}@{grain.Version}";
}
