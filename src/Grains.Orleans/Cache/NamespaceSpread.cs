using System.Collections.Immutable;
using System.Globalization;
using Grains.Cache;
using Grains.Local;
using Grains.Orleans.Cluster;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Cache;

/// <summary>
/// Operations over a namespace whose keys are spread over the silos: each silo does its part, and the answers are put together. Scans and backups go
/// from silo to silo, so each key that stays where it is is met once; when the silo that a cursor names is gone the cursor is refused.
/// </summary>
internal sealed class NamespaceSpread(CacheOptions options, CachePart part, IGrainFactory grains, Silos silos, CacheSilos others) : IAsyncDisposable
{
    /// <summary>Entries of a backup that are restored at once.</summary>
    private const int RestoresAtOnce = 16;

    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>What the other silos' clients have configured; from now on silos that join hear it of this one.</summary>
    public async Task JoinAsync()
    {
        foreach (var (_, configured) in await silos.AskAllAsync(async silo =>
            silo.Equals(silos.Local) ? [] : await others.Of(silo).ConfiguredAsync()))
            await ConfigureAsync(configured);
        // What is configured while a silo joins does not reach it otherwise: it has asked already and is not active yet.
        _watching = silos.WatchAsync(
            joined => silos.TellAsync(joined, silo => others.Of(silo).ConfigureAsync(part.Keys.Configured)),
            static _ => Task.CompletedTask,
            _stopping.Token);
    }

    /// <summary>Configures namespaces here as they are elsewhere.</summary>
    public async Task ConfigureAsync(ImmutableArray<KeyValuePair<string, bool>> configured)
    {
        foreach (var (name, publishes) in configured)
            await part.Keys.ExecuteAsync(new NamespaceCommand("configure", name) { PublishChanges = publishes });
    }

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command) => command.Operation switch
    {
        "clear" or "invalidate" => await ClearAsync(command),
        "list" or "list_keys" or "query" => NamespaceReplies.Listed(command, options, await AskAllAsync(command)),
        "scan" or "backup" => await StepAsync(command),
        "restore" => await RestoreAsync(command),
        "stats" => NamespaceReplies.Statistics(await AskAllAsync(command), await CountNamespacesAsync()),
        "statistics" => NamespaceReplies.Statistics(await AskAllAsync(command), namespaces: null),
        _ => NamespaceReplies.Summed(await AskAllAsync(command)),
    };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private Task<NamespaceReply> AskAsync(SiloAddress silo, NamespaceCommand command) => silo.Equals(silos.Local)
        ? part.ExecuteAsync(command)
        : others.Of(silo).ExecuteAsync(command);

    private async Task<IReadOnlyList<NamespaceReply>> AskAllAsync(NamespaceCommand command) =>
        [.. (await silos.AskAllAsync(silo => AskAsync(silo, command))).Select(answer => answer.Answer)];

    private async Task<int> CountNamespacesAsync()
    {
        var names = new HashSet<string>(part.Keys.Namespaces, StringComparer.Ordinal);
        foreach (var (silo, answer) in await silos.AskAllAsync(async silo =>
            silo.Equals(silos.Local) ? [] : await others.Of(silo).NamespacesAsync()))
            names.UnionWith(answer);
        return names.Count;
    }

    private async Task<NamespaceReply> ClearAsync(NamespaceCommand command)
    {
        if (command is { MaxEntries: null, CascadeDependencies: false })
            return NamespaceReplies.Summed(await AskAllAsync(command));
        var replies = new List<NamespaceReply>();
        var removed = new HashSet<string>(StringComparer.Ordinal);
        var left = command.MaxEntries;
        var started = TimeProvider.System.GetTimestamp();
        foreach (var silo in silos.Active)
        {
            var rest = command with { MaxEntries = left, CascadeDependencies = false, Timeout = LeftOf(command, started) };
            var step = await CascadeAsync(silo, rest, []);
            replies.Add(step.Reply);
            removed.UnionWith(step.Removed);
            if (step.Reply.Error != ErrorCode.None)
                break;
            left -= (int)Math.Min(step.Reply.AffectedCount, int.MaxValue);
            if (left <= 0)
                break;
        }

        if (command.CascadeDependencies && replies.TrueForAll(reply => reply.Error == ErrorCode.None))
            await CascadeAsync(command with { Timeout = LeftOf(command, started) }, removed, replies);
        return NamespaceReplies.Summed(replies);
    }

    /// <summary>What depends on something removed goes too, wherever it is, until no silo has any more.</summary>
    private async Task CascadeAsync(NamespaceCommand command, HashSet<string> removed, List<NamespaceReply> replies)
    {
        ImmutableArray<string> last = [.. removed];
        while (!last.IsEmpty)
        {
            var found = new List<string>();
            foreach (var (_, step) in await silos.AskAllAsync(silo => CascadeAsync(silo, command, last)))
            {
                replies.Add(step.Reply with { Count = 0 });
                found.AddRange(step.Removed.Where(removed.Add));
                if (step.Reply.Error != ErrorCode.None)
                    return;
            }

            last = [.. found];
        }
    }

    private Task<CascadeReply> CascadeAsync(SiloAddress silo, NamespaceCommand command, ImmutableArray<string> removed) =>
        silo.Equals(silos.Local) ? part.CascadeAsync(command, removed) : others.Of(silo).CascadeAsync(command, removed);

    /// <summary>One piece of a scan or a backup: from the silo that the cursor names, or the next.</summary>
    private async Task<NamespaceReply> StepAsync(NamespaceCommand command)
    {
        var order = silos.Active.OrderBy(silo => silo.ToParsableString(), StringComparer.Ordinal).ToList();
        var at = 0;
        string? cursor = null;
        if (command.Cursor is { } text)
        {
            var end = text.IndexOf('/', StringComparison.Ordinal);
            at = end < 0 ? -1 : order.FindIndex(silo => silo.ToParsableString() == text[..end]);
            if (at < 0)
                return NamespaceReply.Fail(ErrorCode.InvalidArgument, "The cursor is not one of this namespace and the silos that run now");
            cursor = end + 1 < text.Length ? text[(end + 1)..] : null;
        }

        var started = TimeProvider.System.GetTimestamp();
        var whole = PieceRoom.Of(command, options);
        var piece = await AskAsync(order[at], command with { Cursor = cursor });
        while (piece.Error == ErrorCode.None)
        {
            if (piece.Cursor is not null)
                return piece with { Cursor = $"{order[at].ToParsableString()}/{piece.Cursor}" };
            if (++at == order.Count)
                return piece;
            // What is left of the piece is filled from the next silo, so that many small parts are not many pieces.
            var rest = command with { Cursor = null, Timeout = LeftOf(command, started) };
            var next = whole.After(command, piece) is { } room ? await GoOnAsync(order[at], rest, room) : await AskAsync(order[at], rest);
            piece = next.Error == ErrorCode.None ? NamespaceReplies.Joined(command, piece, next) : next;
        }

        return piece;
    }

    private Task<NamespaceReply> GoOnAsync(SiloAddress silo, NamespaceCommand command, PieceRoom room) => silo.Equals(silos.Local)
        ? part.Keys.GoOnAsync(command, room).AsTask()
        : others.Of(silo).GoOnAsync(command, room.Bytes, room.Entries);

    private static TimeSpan? LeftOf(NamespaceCommand command, long started)
    {
        var left = command.Timeout - TimeProvider.System.GetElapsedTime(started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    /// <summary>Each entry of the piece is restored where its key is.</summary>
    private async Task<NamespaceReply> RestoreAsync(NamespaceCommand command)
    {
        if (BackupPieces.TrySplit(command.Data, out var backedUp, out var entries) is { } broken)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, broken);
        var target = command.Namespace.Length > 0 ? command.Namespace : backedUp;
        if (CommandCheck.CheckName("namespace", target, options.NamespaceCharsMax) is { } badName)
            return NamespaceReply.Fail(ErrorCode.InvalidName, badName);
        long restored = 0;
        var started = TimeProvider.System.GetTimestamp();
        foreach (var group in entries.Chunk(RestoresAtOnce))
        {
            var left = LeftOf(command, started);
            if (left == TimeSpan.Zero)
            {
                var late = string.Create(CultureInfo.InvariantCulture, $"The time is over: {restored} of {entries.Count} entries are restored");
                return NamespaceReply.Fail(ErrorCode.Timeout, late) with { Count = entries.Count, AffectedCount = restored };
            }

            var replies = await Task.WhenAll(group.Select(entry =>
                grains.GetKeyGrain(new CacheKey(target, entry.Identifier, entry.Version))
                    .RestoreAsync(command with { Namespace = target, Data = entry.Piece, Timeout = left }).AsTask()));
            restored += replies.Sum(reply => reply.AffectedCount);
            if (Array.Find(replies, reply => reply.Error != ErrorCode.None) is { } failed)
                return failed with { Count = entries.Count, AffectedCount = restored };
        }

        return new NamespaceReply { Count = entries.Count, AffectedCount = restored };
    }
}
