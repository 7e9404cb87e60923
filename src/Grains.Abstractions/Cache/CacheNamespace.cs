using System.Runtime.CompilerServices;

namespace Grains;

/// <summary>A namespace of the cache as a whole. Its operations are made of single-key operations: each key is atomic, the whole
/// is not. Patterns are globs on the identifier: <c>*</c> any run of characters, <c>?</c> any one.</summary>
public readonly struct CacheNamespace
{
    private readonly ICache _cache;

    internal CacheNamespace(ICache cache, string name)
    {
        _cache = cache;
        Name = name;
    }

    public string Name { get; }

    /// <summary>Removes the keys that match.</summary>
    /// <param name="pattern">Which keys.</param>
    /// <param name="maxEntries">At most so many; null: all.</param>
    /// <param name="dryRun">Only count.</param>
    /// <param name="cascadeDependencies">Also remove entries that name a removed key among their dependencies.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Keys removed, or that would be.</returns>
    public async ValueTask<long> ClearAsync(string pattern = "*", int? maxEntries = null, bool dryRun = false, bool cascadeDependencies = false,
        CancellationToken cancellationToken = default)
    {
        var command = Command("clear") with
        {
            Pattern = pattern, MaxEntries = maxEntries, DryRun = dryRun, CascadeDependencies = cascadeDependencies,
        };
        return (await RunAsync(command, cancellationToken).ConfigureAwait(false)).AffectedCount;
    }

    public async ValueTask<long> CountAsync(string pattern = "*", CancellationToken cancellationToken = default) =>
        (await RunAsync(Command("count") with { Pattern = pattern }, cancellationToken).ConfigureAwait(false)).Count;

    /// <summary>The keys that match, piece by piece. A key that is there all the time is seen exactly once.</summary>
    /// <param name="pattern">Which keys.</param>
    /// <param name="pieceEntriesMax">Keys asked for at once.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public async IAsyncEnumerable<CacheKey> ScanAsync(string pattern = "*", int pieceEntriesMax = 1000,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var command = Command("scan") with { Pattern = pattern, MaxEntries = pieceEntriesMax };
        do
        {
            var reply = await RunAsync(command, cancellationToken).ConfigureAwait(false);
            foreach (var key in reply.Keys)
                yield return KeyOf(key);
            command = command with { Cursor = reply.Cursor };
        }
        while (command.Cursor is not null);
    }

    /// <summary>The namespace's statistics, a JSON object read as <typeparamref name="T"/>.</summary>
    public async ValueTask<T?> StatisticsAsync<T>(CancellationToken cancellationToken = default) =>
        (await RunAsync(Command("statistics"), cancellationToken).ConfigureAwait(false)).Data.As<T>();

    /// <summary>Everything in the namespace in pieces, each to be given to <see cref="RestoreAsync"/> as it is.</summary>
    /// <param name="pattern">Which keys.</param>
    /// <param name="pieceBytesMax">Upper bound of one piece; null: the engine's own.</param>
    /// <param name="cancellationToken">Ends the backup.</param>
    public async IAsyncEnumerable<Value> BackupAsync(string pattern = "*", int? pieceBytesMax = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var command = Command("backup") with { Pattern = pattern, MaxBytes = pieceBytesMax };
        do
        {
            var reply = await RunAsync(command, cancellationToken).ConfigureAwait(false);
            if (!reply.Data.IsNone)
                yield return reply.Data;
            command = command with { Cursor = reply.Cursor };
        }
        while (command.Cursor is not null);
    }

    /// <summary>Stores the pieces of a backup, one after the other.</summary>
    /// <param name="pieces">What <see cref="BackupAsync"/> gave.</param>
    /// <param name="skipExisting">Leave keys that are there as they are; otherwise they are overwritten.</param>
    /// <param name="cancellationToken">Ends the restore between two pieces.</param>
    /// <returns>Keys restored.</returns>
    public async ValueTask<long> RestoreAsync(
        IAsyncEnumerable<Value> pieces, bool skipExisting = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var command = Command("restore") with { MergeStrategy = skipExisting ? "skip_existing" : "overwrite" };
        var restored = 0L;
        await foreach (var piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
            restored += (await RunAsync(command with { Data = piece }, cancellationToken).ConfigureAwait(false)).AffectedCount;
        return restored;
    }

    /// <summary>Removes the keys that match a glob on the identifier or on <c>namespace:identifier:version</c>.</summary>
    /// <returns>Keys removed.</returns>
    public async ValueTask<long> InvalidateAsync(string pattern, bool cascadeDependencies = false, CancellationToken cancellationToken = default)
    {
        var command = Command("invalidate") with { Pattern = pattern, CascadeDependencies = cascadeDependencies };
        return (await RunAsync(command, cancellationToken).ConfigureAwait(false)).AffectedCount;
    }

    /// <summary>Turns the topic <c>cache.events.NAMESPACE</c>, which tells each change, on or off.</summary>
    public async ValueTask PublishChangesAsync(bool on = true, CancellationToken cancellationToken = default) =>
        await RunAsync(Command("configure") with { PublishChanges = on }, cancellationToken).ConfigureAwait(false);

    private NamespaceCommand Command(string operation) => new(operation, Name);

    private async ValueTask<NamespaceReply> RunAsync(NamespaceCommand command, CancellationToken cancellationToken)
    {
        var reply = await _cache.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        return reply.Error == ErrorCode.None ? reply : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
    }

    /// <summary><c>identifier</c> or <c>identifier@version</c>.</summary>
    private CacheKey KeyOf(string text)
    {
        var at = text.LastIndexOf('@');
        return at < 0 ? new CacheKey(Name, text) : new CacheKey(Name, text[..at], text[(at + 1)..]);
    }
}
