using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

/// <summary>A cache port whose every argument and answer passes through bytes.</summary>
public sealed class ByteCarryingCache(ICacheEngine inner) : ICacheEngine
{
    public async ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command) =>
        Bytes.Carry(await inner.ExecuteAsync(Bytes.Carry(key), Bytes.Carry(command)));

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command) =>
        Bytes.Carry(await inner.ExecuteAsync(Bytes.Carry(command)));
}
