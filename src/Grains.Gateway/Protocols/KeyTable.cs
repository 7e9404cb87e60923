using System.Text;

namespace Grains.Gateway.Protocols;

/// <summary>
/// Interned keys of one front door: UTF-8 parts → the one <see cref="CacheKey"/>, so that a key in use costs no allocation and carries the
/// engine's handle. A cache, not a dictionary: two places per hash, the newer taking the older's, so it is bounded, needs no lock,
/// and forgetting costs one allocation. A key is kept when it is missed for the second time: a million keys that are written once would each push
/// out another, and be garbage that has grown old. Keys longer than <see cref="KeyBytesMax"/> are not kept.
/// </summary>
internal sealed class KeyTable(int slots = KeyTable.DefaultSlots)
{
    public const int DefaultSlots = 64 * 1024;
    private const int KeyBytesMax = 256;

    private readonly Entry?[] _slots = new Entry?[slots];
    private readonly int[] _missed = new int[slots];

    /// <param name="namespace">UTF-8, unescaped.</param>
    /// <param name="identifier">UTF-8, unescaped.</param>
    /// <param name="version">UTF-8, unescaped; empty stands for the default.</param>
    public CacheKey Get(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version)
    {
        if (@namespace.Length + identifier.Length + version.Length > KeyBytesMax)
            return Make(@namespace, identifier, version);
        var hash = HashOf(@namespace, identifier, version);
        var first = (int)((uint)hash % (uint)_slots.Length);
        if (Match(first, hash, @namespace, identifier, version) is { } found)
            return found;
        var second = first ^ 1;
        if (second < _slots.Length && Match(second, hash, @namespace, identifier, version) is { } moved)
            return moved;
        var key = Make(@namespace, identifier, version);
        if (_missed[first] != hash)
        {
            _missed[first] = hash;
            return key;
        }

        if (second < _slots.Length)
            Volatile.Write(ref _slots[second], Volatile.Read(ref _slots[first]));
        Volatile.Write(ref _slots[first], new Entry(hash, [.. @namespace, .. identifier, .. version], @namespace.Length, identifier.Length, key));
        return key;
    }

    private CacheKey? Match(int slot, int hash, ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version)
    {
        if (Volatile.Read(ref _slots[slot]) is not { } entry || entry.Hash != hash)
            return null;
        var parts = entry.Parts.AsSpan();
        return entry.NamespaceBytes == @namespace.Length && entry.IdentifierBytes == identifier.Length
            && parts[..@namespace.Length].SequenceEqual(@namespace)
            && parts.Slice(@namespace.Length, identifier.Length).SequenceEqual(identifier)
            && parts[(@namespace.Length + identifier.Length)..].SequenceEqual(version) ? entry.Key : null;
    }

    private static CacheKey Make(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version) => new(
        Encoding.UTF8.GetString(@namespace),
        Encoding.UTF8.GetString(identifier),
        version.IsEmpty || version.SequenceEqual("v1.0.0"u8) ? CacheKey.DefaultVersion : Encoding.UTF8.GetString(version));

    private static int HashOf(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version)
    {
        var hash = new HashCode();
        hash.Add(@namespace.Length);
        hash.AddBytes(@namespace);
        hash.AddBytes(identifier);
        hash.AddBytes(version);
        return hash.ToHashCode();
    }

    private sealed record Entry(int Hash, byte[] Parts, int NamespaceBytes, int IdentifierBytes, CacheKey Key);
}
