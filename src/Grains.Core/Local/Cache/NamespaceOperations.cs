using System.Collections.Immutable;
using Grains.Cache;
using Grains.Json;

namespace Grains.Local;

/// <summary>
/// The operations over a namespace. Each walks the index in small pieces and works key by key in the key's own turn: each key is atomic,
/// the whole is not. Keys that are there all the time are met exactly once. One over many keys runs on a thread of its own
/// (<see cref="IsLong"/> says which), and each ends when the time that its command gives it is over.
/// </summary>
internal sealed class NamespaceOperations(LocalCache cache, NamespaceIndex namespaces, CacheOptions options, TimeProvider time)
{
    /// <summary>Grains taken from an index at once, under its lock.</summary>
    private const int StepGrains = 256;

    /// <summary>The clock is looked at after so many.</summary>
    private const int TimedGrains = 16;

    /// <summary>A scan gives its cursor back after looking at this many keys, however few matched.</summary>
    private const int ScanGrains = 10_000;

    /// <summary>Keys that one list or scan answers at most, whatever is asked for.</summary>
    public const int ListedKeys = 100_000;

    /// <summary>What looks at more keys, or restores a longer piece, is not for the thread that reads a connection.</summary>
    private const int LongKeys = 1_000;
    private const int LongBytes = 64 * 1024;

    private const string NotAll = "The time is over, and not every key has been looked at; scan goes in steps";

    private static readonly CacheOperation Delete = CacheOperations.All.Single(operation => operation.Name == "delete");

    private readonly NamespaceBackup _backup = new(cache, namespaces, options, time);
    private readonly NamespaceRestore _restore = new(cache, options, time);
    private readonly CacheStatistics _statistics = new(cache, namespaces, options);

    /// <summary>The time that a command has from now on.</summary>
    public WorkTime TimeOf(NamespaceCommand command) => new(time, command.Timeout);

    /// <summary>Says whether a command may take long.</summary>
    public bool IsLong(NamespaceCommand command)
    {
        if (command.Operation is "statistics" or "stats" or "configure")
            return false;
        if (command.Operation == "restore")
            return command.Data.Bytes.Length > LongBytes;
        var (keys, bytes) = (0L, 0L);
        foreach (var table in command.CascadeDependencies ? namespaces.Tables : TableOf(command))
        {
            keys += 1 + table.Count;
            bytes += command.Operation == "backup" ? Interlocked.Read(ref table.Counters.Bytes) : 0;
            if (keys > LongKeys || bytes > LongBytes)
                return true;
        }

        return false;
    }

    public NamespaceReply Execute(NamespaceCommand command, in WorkTime workTime) => Check(command) ?? Run(command, workTime);

    /// <summary>Goes on with a piece of a scan or a backup that another node has begun.</summary>
    public NamespaceReply GoOn(NamespaceCommand command, PieceRoom rest, in WorkTime workTime) =>
        Check(command) ?? (command.Operation == "scan" ? Scan(command, workTime, rest) : _backup.Backup(command, workTime, rest));

    /// <returns>Why the command is refused before it begins, or null.</returns>
    public NamespaceReply? Check(NamespaceCommand command)
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
        if (Glob.WildcardsIn(command.Pattern) > options.Namespaces.PatternWildcardsMax)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, $"The pattern has more than {options.Namespaces.PatternWildcardsMax} * and ?");
        return null;
    }

    private NamespaceReply Run(NamespaceCommand command, in WorkTime workTime)
    {
        return command.Operation switch
        {
            "clear" => Clear(command, TableOf(command), whole: false, workTime),
            "invalidate" => Clear(command, TableOf(command), whole: true, workTime),
            "list" or "list_keys" => List(command, TableOf(command), whole: false, workTime),
            "query" => List(command, TableOf(command), whole: true, workTime),
            "count" => Count(command, workTime),
            "scan" => Scan(command, workTime),
            "statistics" => new NamespaceReply { Data = _statistics.OfNamespace(command.Namespace) },
            "stats" => new NamespaceReply { Data = _statistics.OfAll() },
            "backup" => _backup.Backup(command, workTime),
            "restore" => _restore.Restore(command, workTime),
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

    private NamespaceReply Clear(
        NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole, in WorkTime workTime, HashSet<string>? gone = null)
    {
        var removed = gone ?? (command.CascadeDependencies ? new HashSet<string>(StringComparer.Ordinal) : null);
        var affected = 0L;
        var inTime = Walk(command, tables, whole, workTime, out var matched, cache.Pause, (grain, _) =>
        {
            if (command.DryRun || TryDelete(grain))
                affected++;
            removed?.Add(KeyText(grain));
            return command.MaxEntries is null || affected < command.MaxEntries;
        });
        if (inTime && command.CascadeDependencies && removed!.Count > 0)
            inTime = Cascade(removed, command.DryRun, workTime, ref affected);
        return Cleared(command, inTime, matched, affected);
    }

    private static NamespaceReply Cleared(NamespaceCommand command, bool inTime, long matched, long affected)
    {
        var reply = new NamespaceReply { Count = matched, AffectedCount = affected };
        return inTime ? reply : reply with
        {
            Error = ErrorCode.Timeout,
            Message = command.DryRun ? NotAll : $"The time is over: {affected} keys are removed, others may match too",
        };
    }

    /// <summary>One node's part of a removal: what a pattern matches, or what depends on keys that were removed anywhere.</summary>
    /// <param name="command">A <c>clear</c> or <c>invalidate</c>, which has been checked.</param>
    /// <param name="removed">Keys whose dependents go; none for what the pattern matches.</param>
    /// <param name="workTime">The time there is.</param>
    /// <param name="gone">What went here.</param>
    public NamespaceReply ClearPart(NamespaceCommand command, IReadOnlyCollection<string> removed, in WorkTime workTime, out HashSet<string> gone)
    {
        gone = new HashSet<string>(removed, StringComparer.Ordinal);
        if (removed.Count == 0)
            return Clear(command, TableOf(command), command.Operation == "invalidate", workTime, gone);
        var affected = 0L;
        var inTime = Cascade(gone, command.DryRun, workTime, ref affected);
        gone.ExceptWith(removed);
        return Cleared(command, inTime, 0, affected);
    }

    // Entries anywhere that were made from a removed one go too, then those made from them, until none is left.
    private bool Cascade(HashSet<string> removed, bool dryRun, in WorkTime workTime, ref long affected)
    {
        var gone = 0L;
        bool more, inTime;
        do
        {
            more = false;
            inTime = WalkAll(namespaces.Tables, workTime, cache.Pause, static _ => true, (grain, state) =>
            {
                if (state.Metadata is not { Dependencies.Length: > 0 } metadata || !metadata.Dependencies.Any(removed.Contains)
                    || !removed.Add(KeyText(grain)))
                    return true;
                if (dryRun || TryDelete(grain))
                    gone++;
                return more = true;
            });
        }
        while (more && inTime);
        affected += gone;
        return inTime;
    }

    private NamespaceReply Count(NamespaceCommand command, in WorkTime workTime) =>
        Walk(command, TableOf(command), whole: false, workTime, out var matched, null, static (_, _) => true)
            ? new NamespaceReply { Count = matched }
            : OutOfTime(matched);

    private NamespaceReply List(NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole, in WorkTime workTime)
    {
        var keys = new List<string>();
        var max = Math.Min(command.MaxEntries ?? options.DefaultPageEntries, ListedKeys);
        long room = options.Namespaces.ListBytesMax;
        var inTime = Walk(command, tables, whole, workTime, out var matched, null, (grain, _) =>
        {
            if (keys.Count == max || room <= 0)
                return true;
            var key = whole ? KeyText(grain) : NameOf(grain);
            room -= PieceRoom.LengthOf(key);
            if (room >= 0)
                keys.Add(key);
            return true;
        });
        if (!inTime)
            return OutOfTime(matched);
        keys.Sort(StringComparer.Ordinal);
        return new NamespaceReply { Keys = [.. keys], Count = matched, Truncated = keys.Count < matched };
    }

    private NamespaceReply Scan(NamespaceCommand command, in WorkTime workTime, PieceRoom? rest = null)
    {
        if (!GrainOrder.TryParse(command.Namespace, command.Cursor, out var place))
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "The cursor is not one of this namespace and this run of the server");
        if (namespaces.TryGet(command.Namespace) is not { } table)
            return new NamespaceReply();
        var keys = ImmutableArray.CreateBuilder<string>();
        var (room, max) = rest ?? PieceRoom.Of(command, options);
        var grains = new KeyGrain?[StepGrains];
        for (var seen = 0; seen < ScanGrains && keys.Count < max && (seen == 0 || !workTime.IsOver); seen += grains.Length)
        {
            var step = grains.AsSpan(0, Math.Min(grains.Length, max - keys.Count));
            var next = place;
            var count = Take(table, ref next, step);
            foreach (var grain in step[..count])
            {
                if (Glob.IsMatch(command.Pattern, grain!.Identifier) && cache.Look(grain, static state => state.Exists))
                {
                    var key = NameOf(grain);
                    room -= PieceRoom.LengthOf(key);
                    if (room < 0 && (keys.Count > 0 || rest is not null))
                        return Piece(place);
                    keys.Add(key);
                }

                place = GrainOrder.Of(grain);
            }

            if (count < step.Length)
                return new NamespaceReply { Keys = keys.ToImmutable(), Count = keys.Count };
        }

        return Piece(place);

        NamespaceReply Piece(in GrainOrder end) =>
            new() { Keys = keys.ToImmutable(), Count = keys.Count, Cursor = end.ToCursor() };
    }

    private NamespaceReply Configure(NamespaceCommand command)
    {
        if (command.PublishChanges is not { } publish)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, "configure needs publish_changes");
        return namespaces.TryConfigure(command.Namespace, publish)
            ? new NamespaceReply()
            : NamespaceReply.Fail(ErrorCode.OutOfMemory, $"{options.Namespaces.ConfiguredMax} namespaces have been configured already");
    }

    private static NamespaceReply OutOfTime(long matched) =>
        new() { Error = ErrorCode.Timeout, Message = NotAll, Count = matched };

    // Calls visit for each entry that matches until it says no, and pause between some of them; counts those it was called for. False when the time
    // was over first.
    private bool Walk(
        NamespaceCommand command, IEnumerable<NamespaceTable> tables, bool whole, in WorkTime workTime, out long matched,
        Action? pause, Func<KeyGrain, KeyState, bool> visit)
    {
        var count = 0L;
        var inTime = WalkAll(tables, workTime, pause, grain => IsMatch(command, grain, whole), (grain, state) =>
        {
            count++;
            return visit(grain, state);
        });
        matched = count;
        return inTime;
    }

    private bool WalkAll(
        IEnumerable<NamespaceTable> tables, in WorkTime workTime, Action? pause, Func<KeyGrain, bool> matches, Func<KeyGrain, KeyState, bool> visit)
    {
        var grains = new KeyGrain?[StepGrains];
        foreach (var table in tables)
        {
            var place = GrainOrder.Start;
            int count;
            while ((count = Take(table, ref place, grains)) > 0)
            {
                for (var i = 0; i < count; i++)
                {
                    if (i % TimedGrains == 0)
                    {
                        pause?.Invoke();
                        if (workTime.IsOver)
                            return false;
                    }

                    var grain = grains[i]!;
                    if (matches(grain) && !cache.Look(grain, state => !state.Exists || visit(grain, state)))
                        return true;
                }
            }
        }

        return true;
    }

    // The pattern is on the identifier; whole also takes namespace:identifier:version and, with no namespace given, the namespace's name.
    private static bool IsMatch(NamespaceCommand command, KeyGrain grain, bool whole) =>
        Glob.IsMatch(command.Pattern, grain.Identifier)
        || (whole && (Glob.IsMatch(command.Pattern, KeyText(grain))
            || (command.Namespace.Length == 0 && Glob.IsMatch(command.Pattern, grain.Table.Name))));

    private bool TryDelete(KeyGrain grain) =>
        cache.TryTurn(grain, Delete, CacheCommand.Delete, out var reply, out _)
        && reply.Outcome == CacheOutcome.Hit;

    private static string KeyText(KeyGrain grain) =>
        $"{grain.Table.Name}:{grain.Identifier}:{grain.Version}";

    // An identifier with an @ always gets its version, so that what follows the last @ is a version in every name that has one.
    private static string NameOf(KeyGrain grain) =>
        grain.Version == CacheKey.DefaultVersion && !grain.Identifier.Contains('@', StringComparison.Ordinal)
            ? grain.Identifier
            : $"{grain.Identifier}@{grain.Version}";
}
