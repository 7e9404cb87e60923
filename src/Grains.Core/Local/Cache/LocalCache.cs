using System.Runtime.CompilerServices;
using Grains.Cache;
using Grains.Engine;

namespace Grains.Local;

/// <summary>
/// The cache of the Local engine: key grains in this process's memory. An operation is a method call under its grain's own turn and has
/// ended when it returns; a warm get allocates nothing. Memory is bounded: when it is used up the least recently used entries go.
/// The steps of an operation are not inlined into each other: room for an answer of 200 bytes in each would be cleared for every operation.
/// Lock order: a grain's turn, then an index or a heap; never two grains, so nothing can wait in a circle.
/// </summary>
public sealed partial class LocalCache : ICacheEngine, IDisposable
{
    // Reads of keys that are not there run on this; nothing ever changes it.
    private static readonly KeyState Missing = new();

    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly RevisionAllocator _revisions;
    private readonly CacheEvents? _events;
    private readonly NamespaceIndex _namespaces;
    private readonly GrainHeap _recency = new(recency: true);
    private readonly ExpirySweep _expiry;
    private readonly NamespaceOperations _namespaceOperations;
    private readonly OwnThreads _ownThreads = new();
    private readonly Lock _evicting = new();
    private long _usedBytes;
    private long _opIdBytes;

    /// <param name="options">The limits; must be valid.</param>
    /// <param name="time">The clock, also of the timer that reclaims expired entries.</param>
    /// <param name="topics">Where namespaces publish their changes; null when nobody listens.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public LocalCache(CacheOptions options, TimeProvider time, ITopicEngine? topics)
        : this(options, topics is null ? null : new CacheEvents(message => topics.PublishAsync(default, message)), time)
    {
    }

    /// <inheritdoc cref="LocalCache(CacheOptions, TimeProvider, ITopicEngine?)"/>
    /// <param name="publish">Takes what namespaces tell of their changes, in the key's turn, and publishes it on each topic in the order in which it
    /// comes; nobody waits there for the answer.</param>
    /// <param name="pause">Called between the keys of what removes many, in no key's turn: may wait until there is room for what they tell.</param>
    internal LocalCache(CacheOptions options, Func<TopicMessage, Task<PublishReply>> publish, TimeProvider time, Action pause)
        : this(options, new CacheEvents(publish), time, pause)
    {
    }

    private LocalCache(CacheOptions options, CacheEvents? events, TimeProvider time, Action? pause = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (options.Validate() is { Length: > 0 } errors)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        _options = options;
        _time = time;
        _revisions = new RevisionAllocator(time);
        _events = events;
        _namespaces = new NamespaceIndex(this, options);
        Pause = pause ?? (static () => { });
        _expiry = new ExpirySweep(time, Reclaim, Pause);
        _namespaceOperations = new NamespaceOperations(this, _namespaces, options, time);
    }

    /// <summary>Memory that namespaces, keys, entries and op_ids count for, in bytes.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>What removes many keys calls it between them.</summary>
    internal Action Pause { get; }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(command);
        return CacheOperations.TryGet(command.Operation, out var operation) && CommandCheck.Check(operation, command, _options) is null
            && !OtherSets.AreNeeded(operation, command)
            ? new(Execute(key, operation, command))
            : ExecuteOtherAsync(key, command);
    }

    public ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var workTime = _namespaceOperations.TimeOf(command);
        return _namespaceOperations.IsLong(command)
            ? new(_ownThreads.RunAsync(() => Execute(command, workTime)))
            : new(Execute(command, workTime));
    }

    public void Dispose() => _expiry.Dispose();

    /// <summary>Runs an operation over a namespace on the calling thread.</summary>
    internal NamespaceReply Execute(NamespaceCommand command, WorkTime workTime) => _namespaceOperations.Execute(command, workTime);

    /// <summary>Runs one row in the key's turn, whose command has been checked.</summary>
    internal CacheReply Execute(CacheKey key, CacheOperation operation, CacheCommand command) => Execute(key, operation, command, out _);

    /// <inheritdoc cref="Execute(CacheKey, CacheOperation, CacheCommand)"/>
    /// <param name="key">The key.</param>
    /// <param name="operation">The row.</param>
    /// <param name="command">Its arguments.</param>
    /// <param name="told">As for <see cref="TryTurn"/>.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal CacheReply Execute(CacheKey key, CacheOperation operation, CacheCommand command, out Task told)
    {
        told = Task.CompletedTask;
        CacheReply reply;
        while (true)
        {
            var grain = key.EngineHandle as KeyGrain;
            if (grain is null || grain.Removed || !ReferenceEquals(grain.Table.Cache, this))
            {
                if (CommandCheck.Check(key, _options) is { } refusal)
                    return refusal.ToReply();
                grain = operation.Writes ? _namespaces.FindOrAdd(key) : _namespaces.Find(key);
                if (grain is null)
                    return RunOnMissing(key, operation, command);
                key.EngineHandle = grain;
            }

            if (TryTurn(grain, operation, command, out reply, out told))
                break;
        }

        // The clock is read only when something has to go.
        if (UsedBytes > _options.MemoryBytesMax)
            Evict(_time.NowUs());
        return reply;
    }

    /// <summary>Runs one row in a grain's turn. The clock is read inside it: one read before would be late for a thread that had to wait, and
    /// what it stores would have begun to age before what was stored earlier.</summary>
    /// <param name="grain">The key's grain.</param>
    /// <param name="operation">The row.</param>
    /// <param name="command">Its arguments.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="told">Ends when what was told of the key in this turn has been published; it does not fail.</param>
    /// <returns>False when the grain has gone and the key must be looked up again.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool TryTurn(KeyGrain grain, CacheOperation operation, CacheCommand command, out CacheReply reply, out Task told)
    {
        told = Task.CompletedTask;
        Prefetch.Object(grain.State.Content, lines: 2);
        lock (grain)
        {
            if (grain.Removed)
            {
                reply = default;
                return false;
            }

            var context = new OperationContext(_time.NowUs(), _options);
            // A read changes the books only when the entry's time has passed.
            var before = operation.Writes || grain.State.Expiry.HasPassed(context.NowUs) ? Footprint.Of(grain) : default;
            var unevictable = operation.Writes ? Volatile.Read(ref _opIdBytes) + grain.KeyBytes + grain.Table.OwnBytes : 0;
            var metadata = grain.State.Metadata;
            KeyTurn.Run(
                grain.State, operation, command, context, _revisions, unevictable, out reply, out var change, out var expiredRevision);
            if (!operation.Writes)
                (reply.Existed ? grain.Table.Counters.Hits : grain.Table.Counters.Misses).Increment();
            if (expiredRevision != 0)
                told = Tell(grain, RemovalCause.Expire, metadata, expiredRevision, context.NowUs);
            // On one topic, so after the one before.
            if (change is not null)
                told = Tell(grain, change, metadata, reply, context.NowUs);
            if (operation.Writes || expiredRevision != 0)
                Settle(grain, before);
            return true;
        }
    }

    /// <summary>Looks at a grain's state in its turn, without counting as an access. The state is that of no entry when the time has
    /// passed.</summary>
    internal T Look<T>(KeyGrain grain, Func<KeyState, T> look)
    {
        lock (grain)
            return look(grain.Removed || grain.State.Expiry.HasPassed(_time.NowUs()) ? Missing : grain.State);
    }

    /// <summary>Counts what a namespace itself takes.</summary>
    internal void Count(NamespaceTable table, long bytes)
    {
        Interlocked.Add(ref _usedBytes, bytes);
        Interlocked.Add(ref table.Counters.Bytes, bytes);
    }

    /// <summary>Removes the least recently used entries until the memory budget holds.</summary>
    internal void Evict(long nowUs)
    {
        if (UsedBytes <= _options.MemoryBytesMax)
            return;
        lock (_evicting)
        {
            while (UsedBytes > _options.MemoryBytesMax && _recency.TryPop(long.MaxValue, out var grain, out var stamp))
                EvictOne(grain, stamp, nowUs);
        }
    }

    /// <summary>What is refused, and what needs other keys first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<CacheReply> ExecuteOtherAsync(CacheKey key, CacheCommand command)
    {
        if (!CacheOperations.TryGet(command.Operation, out var operation))
            return new(CacheOperations.Unsupported(command.Operation));
        return CommandCheck.Check(operation, command, _options) is { } refusal ? new(refusal.ToReply()) : CombineAsync(key, operation, command);
    }

    private async ValueTask<CacheReply> CombineAsync(CacheKey key, CacheOperation operation, CacheCommand command)
    {
        var (filled, refusal) = await OtherSets.FillAsync(this, key, command, _options).ConfigureAwait(false);
        return refusal ?? Execute(key, operation, filled);
    }

    private CacheReply RunOnMissing(CacheKey key, CacheOperation operation, CacheCommand command)
    {
        _namespaces.CountMiss(key.Namespace);
        return KeyTurn.Run(Missing, operation, command, new OperationContext(_time.NowUs(), _options), _revisions).Reply;
    }

    // An access only changes the entry's own time, so a grain that comes up may have been used since: it goes back with its new time.
    private void EvictOne(KeyGrain grain, long stamp, long nowUs)
    {
        lock (grain)
        {
            if (grain.Removed || !grain.State.Exists)
                return;
            if (grain.State.LastAccessAtUs > stamp)
            {
                _recency.Add(grain, grain.State.LastAccessAtUs);
                return;
            }

            var before = Footprint.Of(grain);
            var metadata = grain.State.Metadata;
            var cause = grain.State.Expiry.HasPassed(nowUs) ? RemovalCause.Expire : RemovalCause.Evict;
            Tell(grain, cause, metadata, KeyTurn.Remove(grain.State, cause, nowUs), nowUs);
            Settle(grain, before);
        }
    }

    // Something of the grain is due: its entry's time or an op_id's.
    private void Reclaim(KeyGrain grain, long nowUs)
    {
        lock (grain)
        {
            if (grain.Removed)
                return;
            var before = Footprint.Of(grain);
            var metadata = grain.State.Metadata;
            if (KeyTurn.Expire(grain.State, nowUs) is var revision and not 0)
                Tell(grain, RemovalCause.Expire, metadata, revision, nowUs);
            grain.State.ForgetOpIds(nowUs);
            Settle(grain, before);
        }
    }

    // After a turn that may have changed something: the books, the heaps and the index follow the state.
    private void Settle(KeyGrain grain, in Footprint before)
    {
        var state = grain.State;
        Book(grain, before, Footprint.Of(grain));
        if (!state.Exists && state.OpIds is null)
        {
            grain.Removed = true;
            grain.Owner?.Release();
            _recency.Remove(grain);
            _expiry.Remove(grain);
            _namespaces.Remove(grain);
            return;
        }

        if (state.Exists)
            _recency.Add(grain, state.LastAccessAtUs);
        else
            _recency.Remove(grain);
        var due = Math.Min(state.Expiry.IsNever ? long.MaxValue : state.Expiry.AtUs + 1, state.OpIds?.NextLapseUs ?? long.MaxValue);
        if (due != long.MaxValue)
            _expiry.Schedule(grain, due);
    }

    private void Book(KeyGrain grain, in Footprint before, in Footprint after)
    {
        if (after.Bytes != before.Bytes)
        {
            Interlocked.Add(ref _usedBytes, after.Bytes - before.Bytes);
            Interlocked.Add(ref grain.Table.Counters.Bytes, after.Bytes - before.Bytes);
        }

        if (after.OpIdBytes != before.OpIdBytes)
            BookOpIds(grain.Table, before.OpIdBytes, after.OpIdBytes);
        if (after.Entries != before.Entries)
            Interlocked.Add(ref grain.Table.Counters.Entries, after.Entries - before.Entries);
    }

    // No eviction frees the op_ids, nor the keys and namespaces that hold some.
    private void BookOpIds(NamespaceTable table, long before, long after)
    {
        var change = after - before;
        if (before == 0 && Interlocked.Increment(ref table.OpIdGrains) == 1)
            change += table.OwnBytes;
        else if (after == 0 && Interlocked.Decrement(ref table.OpIdGrains) == 0)
            change -= table.OwnBytes;
        Interlocked.Add(ref _opIdBytes, change);
    }

    private Task Tell(KeyGrain grain, CacheChange change, EntryMetadata? oldMetadata, in CacheReply reply, long nowUs)
    {
        if (change is CacheChange.Remove removal)
            return Tell(grain, removal.Cause, oldMetadata, reply.OldRevision, nowUs);
        grain.Table.Counters.Writes.Increment();
        return change.TakesRevision && grain.Table.PublishChanges && _events is not null
            ? _events.Publish(grain, "put", grain.State.Metadata, reply.OldRevision, reply.Revision, nowUs)
            : Task.CompletedTask;
    }

    private Task Tell(KeyGrain grain, RemovalCause cause, EntryMetadata? metadata, long oldRevision, long nowUs)
    {
        var counters = grain.Table.Counters;
        Interlocked.Increment(ref cause == RemovalCause.Delete ? ref counters.Deletes
            : ref cause == RemovalCause.Expire ? ref counters.Expired : ref counters.Evicted);
        return grain.Table.PublishChanges && _events is not null
            ? _events.Publish(grain, CacheEvents.CauseOf(cause), metadata, oldRevision, 0, nowUs)
            : Task.CompletedTask;
    }

    // What a grain counts for; the books change by the difference that a turn makes.
    private readonly record struct Footprint(long Bytes, long OpIdBytes, int Entries)
    {
        public static Footprint Of(KeyGrain grain)
        {
            var opIdBytes = grain.State.OpIds?.MemoryBytes ?? 0;
            var bytes = grain.State.MemoryBytes + opIdBytes;
            return new Footprint(
                bytes == 0 ? 0 : bytes + grain.KeyBytes, opIdBytes == 0 ? 0 : opIdBytes + grain.KeyBytes, grain.State.Exists ? 1 : 0);
        }
    }
}
