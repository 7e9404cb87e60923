using System.Globalization;

namespace Grains.Local;

/// <summary>A place in the order of an index: by hash, then identifier, then version. A key keeps its place as long as the process lives, however
/// the table grows, so a scan that goes on after a place sees every key that stays exactly once.</summary>
internal readonly record struct GrainOrder(uint Hash, string Identifier, string Version)
{
    /// <summary>Before every key.</summary>
    public static readonly GrainOrder Start = new(0, "", "");

    public static GrainOrder Of(KeyGrain grain) => new(grain.Hash, grain.Identifier, grain.Version);

    public int CompareTo(KeyGrain grain)
    {
        if (Hash != grain.Hash)
            return Hash.CompareTo(grain.Hash);
        var order = string.CompareOrdinal(Identifier, grain.Identifier);
        return order != 0 ? order : string.CompareOrdinal(Version, grain.Version);
    }

    /// <summary><c>hash.length.identifier version</c>, the length being the identifier's, or nothing before every key; opaque to clients.</summary>
    public string ToCursor() =>
        this == Start ? "" : string.Create(CultureInfo.InvariantCulture, $"{Hash:x8}.{Identifier.Length}.{Identifier}{Version}");

    /// <returns>False when the text is no cursor of this process and namespace.</returns>
    public static bool TryParse(string @namespace, string? cursor, out GrainOrder order)
    {
        order = Start;
        if (string.IsNullOrEmpty(cursor))
            return true;
        var dot = cursor.IndexOf('.', StringComparison.Ordinal);
        var second = dot < 0 ? -1 : cursor.IndexOf('.', dot + 1);
        if (second < 0
            || !uint.TryParse(cursor.AsSpan(0, dot), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
            || !int.TryParse(cursor.AsSpan(dot + 1, second - dot - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > cursor.Length - second - 1)
            return false;
        var identifier = cursor.Substring(second + 1, length);
        var version = cursor[(second + 1 + length)..];
        order = new GrainOrder(hash, identifier, version);
        return hash == (uint)new CacheKey(@namespace, identifier, version).GetHashCode();
    }
}
