using System.Buffers.Binary;
using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols;

/// <summary>
/// Interned keys of one front door: UTF-8 parts → the one <see cref="CacheKey"/>, so that a key in use costs no allocation and carries the
/// engine's handle and its own JSON. A cache, not a dictionary: two places per hash, the newer taking the older's, so it is bounded, needs no lock,
/// and forgetting costs one allocation. A key is kept when it is missed for the second time: a million keys that are written once would each push
/// out another, and be garbage that has grown old. Keys longer than <see cref="KeyBytesMax"/>, and those that JSON escapes, are not kept.
/// </summary>
internal sealed class KeyTable(int slots = KeyTable.DefaultSlots)
{
    public const int DefaultSlots = 64 * 1024;
    private const int KeyBytesMax = 256;

    private readonly CacheKey?[] _slots = new CacheKey?[slots];
    private readonly CacheKey?[] _spelled = new CacheKey?[slots];
    private readonly int[] _missed = new int[slots];

    /// <summary>The kept key that is meant by an object as most clients spell it (<see cref="KeyJson.IsSpelled"/>), found without taking the object
    /// apart; null when there is none.</summary>
    public CacheKey? Find(ReadOnlySpan<byte> json)
    {
        if (Volatile.Read(ref _spelled[PlaceOf(json)]) is not { } key)
            return null;
        // Its JSON was made with it and lies behind it, if it has not been moved.
        Prefetch.Object(key, lines: 3);
        Prefetch.Object(key.EngineHandle, lines: 3);
        return KeyJson.IsSpelled(key.Json, json) ? key : null;
    }

    /// <summary>Has <see cref="Find"/> find a key, if that is kept and so spelled.</summary>
    public void Keep(ReadOnlySpan<byte> json, CacheKey key)
    {
        if (KeyJson.IsSpelled(key.Json, json))
            Volatile.Write(ref _spelled[PlaceOf(json)], key);
    }

    /// <param name="namespace">UTF-8, unescaped.</param>
    /// <param name="identifier">UTF-8, unescaped.</param>
    /// <param name="version">UTF-8, unescaped; empty stands for the default.</param>
    public CacheKey Get(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version)
    {
        if (version.IsEmpty)
            version = "v1.0.0"u8;
        if (@namespace.Length + identifier.Length + version.Length > KeyBytesMax)
            return Make(@namespace, identifier, version);
        var hash = HashOf(@namespace, identifier, version);
        var first = (int)((uint)hash % (uint)_slots.Length);
        if (Volatile.Read(ref _slots[first]) is { } found && KeyJson.IsOf(found.Json, @namespace, identifier, version))
            return found;
        // The last of an odd number of places has no other.
        var second = Math.Min(first ^ 1, _slots.Length - 1);
        if (Volatile.Read(ref _slots[second]) is { } moved && KeyJson.IsOf(moved.Json, @namespace, identifier, version))
            return moved;
        var key = Make(@namespace, identifier, version);
        if (IsFirstMiss(first, second, hash))
            return key;
        if (JsonWriting.IsEscaped(@namespace) || JsonWriting.IsEscaped(identifier) || JsonWriting.IsEscaped(version))
            return key;
        key.Json = KeyJson.Of(@namespace, identifier, version);
        if (Volatile.Read(ref _slots[first]) is { } older)
            Volatile.Write(ref _slots[second], older);
        Volatile.Write(ref _slots[first], key);
        return key;
    }

    private bool IsFirstMiss(int first, int second, int hash)
    {
        if (_missed[first] == hash || _missed[second] == hash)
            return false;
        if (_missed[first] != 0)
            _missed[second] = _missed[first];
        _missed[first] = hash;
        return true;
    }

    private static CacheKey Make(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version) => new(
        Encoding.UTF8.GetString(@namespace),
        Encoding.UTF8.GetString(identifier),
        version.SequenceEqual("v1.0.0"u8) ? CacheKey.DefaultVersion : Encoding.UTF8.GetString(version));

    // Anybody can find keys that meet in one place: then they are made anew each time, which is all that the table is there to spare.
    private static int HashOf(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version)
    {
        var hash = Mix(Mix(Mix((ulong)@namespace.Length, @namespace), identifier), version);
        return (int)(hash >> 32);
    }

    private int PlaceOf(ReadOnlySpan<byte> json) => (int)((uint)(Mix((ulong)json.Length, json) >> 32) % (uint)_spelled.Length);

    private static ulong Mix(ulong hash, ReadOnlySpan<byte> part)
    {
        for (; part.Length >= sizeof(ulong); part = part[sizeof(ulong)..])
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(part));
        var rest = 0UL;
        foreach (var letter in part)
            rest = (rest << 8) | letter;
        return Mix(hash, rest);
    }

    private static ulong Mix(ulong hash, ulong part)
    {
        // Odd multipliers of the golden ratio, and the upper half, which depends on all bits, back into the lower.
        hash = (hash ^ part) * 0x9E37_79B9_7F4A_7C15;
        return hash ^ (hash >> 32);
    }
}
