namespace Grains;

/// <summary>
/// The cache as a .NET program sees it, in process or over the wire. These two methods are everything an implementation
/// provides; the typed verbs are extension methods in <see cref="CacheExtensions"/>.
/// Refusals come as replies, not exceptions; a lost connection is a <see cref="GrainsException"/>.
/// </summary>
public interface ICache
{
    /// <summary>Runs one operation on one key: atomic, and in order with this caller's earlier ones on the key.</summary>
    ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command, CancellationToken cancellationToken = default);

    /// <summary>Runs an operation over a namespace.</summary>
    ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command, CancellationToken cancellationToken = default);
}
