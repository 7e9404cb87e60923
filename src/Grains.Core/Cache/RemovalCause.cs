namespace Grains.Cache;

/// <summary>Why an entry went.</summary>
public enum RemovalCause : byte
{
    Delete,
    Expire,
    Evict,
}
