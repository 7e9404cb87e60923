using Orleans;
using Orleans.Concurrency;

namespace Grains.Orleans;

/// <summary>
/// One key of the cache: runs one operation at a time, so each is atomic. <see cref="KeyGrains.GetKeyGrain"/> finds the grain of a key.
/// </summary>
[Alias("grains.IKeyGrain")]
public interface IKeyGrain : IGrainWithStringKey
{
    /// <summary>Runs one operation.</summary>
    /// <param name="command">The operation, as in <see cref="ICache"/>; the sets of a union or the like are in it, not named.</param>
    [Alias("execute")]
    ValueTask<CacheReply> ExecuteAsync([Immutable] CacheCommand command);

    /// <summary>Restores the key from a piece of a backup that has this key alone.</summary>
    [Alias("restore")]
    ValueTask<NamespaceReply> RestoreAsync([Immutable] NamespaceCommand command);
}
