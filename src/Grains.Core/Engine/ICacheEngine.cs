namespace Grains.Engine;

/// <summary>Inbound port of the cache.</summary>
public interface ICacheEngine
{
    /// <summary>Runs one operation in the key's turn: atomic and linearizable.</summary>
    ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command);

    /// <summary>Runs an operation over a namespace, key by key.</summary>
    ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command);
}
