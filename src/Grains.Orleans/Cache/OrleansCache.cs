using Grains.Cache;
using Grains.Engine;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Grains.Orleans.Cache;

/// <summary>The cache on a cluster, for a silo as for an Orleans client: an operation on a key is one call of the key's grain, one on a namespace is
/// one for every silo.</summary>
internal sealed partial class OrleansCache(
    CacheOptions options, IGrainFactory grains, Func<NamespaceCommand, ValueTask<NamespaceReply>> namespaces, ILogger<OrleansCache> logger)
    : ICacheEngine
{
    public ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(command);
        if (!CacheOperations.TryGet(command.Operation, out var operation))
            return new(CacheOperations.Unsupported(command.Operation));
        if (key.EngineHandle is not KeyHandle handle || !ReferenceEquals(handle.Cache, this))
        {
            if (CommandCheck.Check(key, options) is { } refusal)
                return new(refusal.ToReply());
            key.EngineHandle = handle = new KeyHandle(this, grains.GetKeyGrain(key));
        }

        return OtherSets.AreNeeded(operation, command) ? CombineAsync(handle, key, command) : AskAsync(handle, command);
    }

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        try
        {
            return await namespaces(command).ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.NodeLost(logger, error);
            return NamespaceReply.Fail(ErrorCode.NodeLost, "A node of the cluster did not answer; part of it may have been done");
        }
    }

    private async ValueTask<CacheReply> CombineAsync(KeyHandle handle, CacheKey key, CacheCommand command)
    {
        var (filled, refusal) = await OtherSets.FillAsync(this, key, command, options);
        return refusal ?? await AskAsync(handle, filled);
    }

    private async ValueTask<CacheReply> AskAsync(KeyHandle handle, CacheCommand command)
    {
        try
        {
            return await handle.Grain.ExecuteAsync(command).ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.NodeLost(logger, error);
            return CacheReply.Fail(ErrorCode.NodeLost, "The node of the cluster that has the key did not answer");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(302, LogLevel.Warning, "A silo did not answer")]
        public static partial void NodeLost(ILogger logger, Exception error);
    }
}
