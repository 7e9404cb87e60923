namespace Grains.Gateway.Protocols;

/// <summary>
/// <c>{"namespace":…,"identifier":…,"version":…</c>: a key's JSON as far as it is the same in each answer, of parts that need no escape. It is what a
/// key is known by, and what is copied into its answers.
/// </summary>
internal static class KeyJson
{
    private static ReadOnlySpan<byte> BeforeNamespace => "{\"namespace\":\""u8;

    private static ReadOnlySpan<byte> BeforeIdentifier => "\",\"identifier\":\""u8;

    private static ReadOnlySpan<byte> BeforeVersion => "\",\"version\":\""u8;

    public static byte[] Of(ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version) =>
        [.. BeforeNamespace, .. @namespace, .. BeforeIdentifier, .. identifier, .. BeforeVersion, .. version, (byte)'"'];

    /// <summary>Whether this is the JSON of the key with these parts, whatever they hold.</summary>
    public static bool IsOf(
        ReadOnlySpan<byte> json, ReadOnlySpan<byte> @namespace, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> version) =>
        json.Length == BeforeNamespace.Length + @namespace.Length + BeforeIdentifier.Length + identifier.Length + BeforeVersion.Length
            + version.Length + 1
        && Passes(ref json, BeforeNamespace) && Passes(ref json, @namespace)
        && Passes(ref json, BeforeIdentifier) && Passes(ref json, identifier)
        && Passes(ref json, BeforeVersion) && Passes(ref json, version);

    /// <summary>Whether an object is spelled like this JSON, as it is or without the version where that is the default: no white space, and in this
    /// order.</summary>
    public static bool IsSpelled(ReadOnlySpan<byte> key, ReadOnlySpan<byte> json)
    {
        var members = json[..^Math.Min(1, json.Length)];
        var version = ",\"version\":\"v1.0.0\""u8;
        return !key.IsEmpty && json.EndsWith((byte)'}') && key.StartsWith(members)
            && (key.Length == members.Length || key[members.Length..].SequenceEqual(version));
    }

    private static bool Passes(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> part)
    {
        if (!json.StartsWith(part))
            return false;
        json = json[part.Length..];
        return true;
    }
}
