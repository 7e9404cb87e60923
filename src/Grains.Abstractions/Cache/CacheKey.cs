namespace Grains;

/// <summary>
/// A key of the cache: namespace, identifier and version. Immutable; equal by its three parts (tags are not identity).
/// Keep one for keys that are used often: an engine hangs its own handle on it, so a kept key needs no look-up.
/// </summary>
public sealed class CacheKey : IEquatable<CacheKey>
{
    public const string DefaultVersion = "v1.0.0";

    private readonly int _hash;

    public CacheKey(string @namespace, string identifier, string version = DefaultVersion)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        ArgumentNullException.ThrowIfNull(identifier);
        ArgumentNullException.ThrowIfNull(version);
        Namespace = @namespace;
        Identifier = identifier;
        Version = version;
        _hash = HashCode.Combine(@namespace, identifier, version);
    }

    public string Namespace { get; }

    public string Identifier { get; }

    public string Version { get; }

    /// <summary>The engine's own shortcut to the grain; may be stale, so the engine checks it.</summary>
    internal object? EngineHandle { get; set; }

    /// <summary>The front door's: the key as it writes it, of keys that are in use.</summary>
    internal byte[]? Json { get; set; }

    public bool Equals(CacheKey? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Identifier == other.Identifier
            && Namespace == other.Namespace && Version == other.Version);

    public override bool Equals(object? obj) => Equals(obj as CacheKey);

    public override int GetHashCode() => _hash;

    /// <summary><c>namespace:identifier:version</c></summary>
    public override string ToString() => $"{Namespace}:{Identifier}:{Version}";

    public static implicit operator CacheKey((string Namespace, string Identifier) key) => new(key.Namespace, key.Identifier);
}
