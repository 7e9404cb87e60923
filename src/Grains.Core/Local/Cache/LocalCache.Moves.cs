using System.Collections.Immutable;
using Grains.Cache;

namespace Grains.Local;

/// <content>Keys that come from another node and go to one.</content>
public sealed partial class LocalCache
{
    /// <summary>The namespaces that are known: those with keys, and some whose counters are kept.</summary>
    internal ImmutableArray<string> Namespaces => [.. _namespaces.Tables.Select(table => table.Name)];

    /// <summary>The namespaces that have been configured, and whether they publish their changes.</summary>
    internal ImmutableArray<KeyValuePair<string, bool>> Configured =>
        [.. _namespaces.Tables.Where(table => table.IsConfigured).Select(table => KeyValuePair.Create(table.Name, table.PublishChanges))];

    /// <summary>This node's part of a removal that goes over several.</summary>
    /// <param name="command">A <c>clear</c> or <c>invalidate</c>.</param>
    /// <param name="removed">Keys whose dependents go; none for what the pattern matches.</param>
    /// <returns>The counts, and the keys that went.</returns>
    internal async ValueTask<(NamespaceReply Reply, ImmutableArray<string> Removed)> CascadeAsync(
        NamespaceCommand command, ImmutableArray<string> removed)
    {
        if (_namespaceOperations.Check(command) is { } refusal)
            return (refusal, []);
        var workTime = _namespaceOperations.TimeOf(command);
        return await _ownThreads.RunAsync(() =>
        {
            var reply = _namespaceOperations.ClearPart(command, removed, workTime, out var gone);
            return (reply, (ImmutableArray<string>)[.. gone]);
        }).ConfigureAwait(false);
    }

    /// <summary>Goes on with a piece of a scan or a backup that another node has begun.</summary>
    internal ValueTask<NamespaceReply> GoOnAsync(NamespaceCommand command, PieceRoom rest)
    {
        var workTime = _namespaceOperations.TimeOf(command);
        return _namespaceOperations.IsLong(command)
            ? new(_ownThreads.RunAsync(() => _namespaceOperations.GoOn(command, rest, workTime)))
            : new(_namespaceOperations.GoOn(command, rest, workTime));
    }

    /// <summary>Runs one operation on a key that this node has.</summary>
    /// <param name="key">The key.</param>
    /// <param name="command">The operation, with the other sets that it combines: those are other nodes' keys.</param>
    /// <param name="told">Ends when what it told of the key has been published; it does not fail.</param>
    internal CacheReply Execute(CacheKey key, CacheCommand command, out Task told)
    {
        told = Task.CompletedTask;
        if (!CacheOperations.TryGet(command.Operation, out var operation))
            return CacheOperations.Unsupported(command.Operation);
        if (CommandCheck.Check(operation, command, _options) is { } refusal)
            return refusal.ToReply();
        return OtherSets.AreNeeded(operation, command)
            ? CacheReply.Fail(ErrorCode.InvalidArgument, "The other sets are named and not in the command")
            : Execute(key, operation, command, out told);
    }

    /// <summary>True when anything is kept of the key. Its owner is told when that ends.</summary>
    internal bool Keep(CacheKey key, IKeyOwner owner)
    {
        while (_namespaces.Find(key) is { } grain)
        {
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                grain.Owner = owner;
                return true;
            }
        }

        return false;
    }

    /// <summary>What the key takes of the memory, with everything that is remembered of it.</summary>
    internal long BytesOf(CacheKey key)
    {
        if (_namespaces.Find(key) is not { } grain)
            return 0;
        lock (grain)
            return Footprint.Of(grain).Bytes;
    }

    /// <summary>A key begins here that another node may have had: its revisions are above all that were given until now, as long as no node gave more
    /// than a million a second and the clocks agree.</summary>
    internal void Begin() => _revisions.Observe(_time.NowUs());

    /// <summary>Takes a key away from this node, with everything that it is; null when there is nothing of it. No change is told.</summary>
    internal KeyImage? Take(CacheKey key)
    {
        while (_namespaces.Find(key) is { } grain)
        {
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                var image = grain.State.ToImage();
                var before = Footprint.Of(grain);
                grain.Owner = null;
                grain.State.Clear();
                Settle(grain, before);
                return image;
            }
        }

        return null;
    }

    /// <summary>Goes on with a key that another node had.</summary>
    internal void Put(CacheKey key, KeyImage image)
    {
        _revisions.Observe(image.Revision);
        while (true)
        {
            var grain = _namespaces.FindOrAdd(key);
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                var before = Footprint.Of(grain);
                grain.State.Clear();
                grain.State.Become(image);
                Settle(grain, before);
                break;
            }
        }

        Evict(_time.NowUs());
    }
}
