using Grains.Cache;
using Grains.Local;
using Grains.Orleans.Cluster;
using Grains.Orleans.Topics;
using Orleans;
using Orleans.Placement;
using Orleans.Runtime;

namespace Grains.Orleans.Cache;

/// <summary>
/// One key. The rules and the state are those of the silo's part of the cache; the grain decides which silo has it and lets one operation in at a
/// time. While the key has an entry its activation stays; when the silo stops it moves to another with everything it has. Keys come to silos by
/// chance, and so evenly: what a silo is doing at the moment says nothing of the memory that they will take.
/// </summary>
[RandomPlacement]
internal sealed class KeyGrain(CachePart part, Moves moves, [PersistentState("key", OrleansNames.Storage)] IPersistentState<StoredKey> stored)
    : Grain, IKeyGrain, IGrainMigrationParticipant, IKeyOwner, IDisposable
{
    private CacheKey _key = null!;
    private volatile bool _kept;
    private long _movingBytes;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = KeyGrains.KeyOf(this.GetPrimaryKeyString());
        part.Keys.Begin();
        if (stored.State.Image is not { } image)
            return;
        part.Keys.Put(_key, image);
        stored.State.Image = null;
        Keep();
        // What has been taken up must not be found again by a later activation.
        if (stored.RecordExists)
            await stored.ClearStateAsync(cancellationToken);
    }

    public ValueTask<CacheReply> ExecuteAsync(CacheCommand command)
    {
        var reply = part.Keys.Execute(_key, command, out var told);
        Keep();
        return told.IsCompleted ? new(reply) : AfterAsync(told, reply);
    }

    public async ValueTask<NamespaceReply> RestoreAsync(NamespaceCommand command)
    {
        if (FaultOf(command) is { } fault)
            return NamespaceReply.Fail(ErrorCode.InvalidArgument, fault);
        var reply = await part.Keys.ExecuteAsync(command);
        Keep();
        return await AfterAsync(part.ToldAsync(_key.Namespace), reply);
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => stored.State.Image = part.Keys.Take(_key);

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        // The stored state travels by itself, and is taken up when the grain activates.
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (!part.Keys.Keep(_key, this) || reason.ReasonCode == DeactivationReasonCode.Migrating)
            return;
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
        {
            _movingBytes = part.Keys.BytesOf(_key);
            await moves.EnterAsync(_movingBytes, cancellationToken);
            GrainContext.Migrate(null, cancellationToken);
            return;
        }

        stored.State.Image = part.Keys.Take(_key);
        await stored.WriteStateAsync(cancellationToken);
    }

    /// <summary>When the activation has gone, and has arrived elsewhere if it moved.</summary>
    public void Dispose() => moves.Leave(_movingBytes);

    public void Release()
    {
        _kept = false;
        DelayDeactivation(TimeSpan.Zero);
    }

    /// <summary>Programs may call the grain, not only this project's engines: what is another key's would be an orphan here.</summary>
    private string? FaultOf(NamespaceCommand command)
    {
        if (command.Operation != "restore")
            return "The grain of a key restores it, and runs no other operation over a namespace.";
        if (BackupPieces.TrySplit(command.Data, out var backedUp, out var entries) is { } broken)
            return broken;
        var target = command.Namespace.Length > 0 ? command.Namespace : backedUp;
        return entries is [var only] && _key.Equals(new CacheKey(target, only.Identifier, only.Version))
            ? null
            : "The piece is not one of this key alone.";
    }

    private void Keep()
    {
        if (_kept || !part.Keys.Keep(_key, this))
            return;
        _kept = true;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        // It may have gone since the first look, and what was released then has just been kept again.
        if (!part.Keys.Keep(_key, this))
            Release();
    }

    /// <summary>The changes are told before the answer, unless their topic keeps everybody waiting.</summary>
    private static async ValueTask<T> AfterAsync<T>(Task told, T reply)
    {
        await told.WaitAsync(SiloOutbox.LateAfter)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return reply;
    }
}
