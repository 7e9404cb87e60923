using System.Collections.Immutable;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary><c>{"namespace","identifier","version":"v1.0.0","tags":[]}</c></summary>
internal static class CacheKeyReader
{
    public static CacheKey? Read(ReadOnlySpan<byte> json, KeyTable keys, scoped ref FieldFault fault)
    {
        if (keys.Find(json) is { } known)
            return known;
        if (JsonText.IsAbsentOrNull(json))
        {
            fault.Set("Field 'key' is required.");
            return null;
        }

        if (!JsonText.IsObject(json))
        {
            fault.Set("Field 'key' must be an object.");
            return null;
        }

        ReadOnlySpan<byte> @namespace = default, identifier = default, version = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("namespace"u8))
                @namespace = members.Value;
            else if (members.Is("identifier"u8))
                identifier = members.Value;
            else if (members.Is("version"u8))
                version = members.Value;
        }

        var namespaceText = Text(@namespace, "key.namespace", required: true, ref fault);
        var identifierText = Text(identifier, "key.identifier", required: true, ref fault);
        var versionText = Text(version, "key.version", required: false, ref fault);
        if (fault.IsSet)
            return null;
        var key = keys.Get(namespaceText, identifierText, versionText);
        keys.Keep(json, key);
        return key;
    }

    /// <summary>The namespace alone, for operations over a namespace; empty when there is none.</summary>
    public static string ReadNamespace(ReadOnlySpan<byte> json, scoped ref FieldFault fault)
    {
        ReadOnlySpan<byte> @namespace = default;
        var members = new JsonMembers(JsonField.Object(json, "key", ref fault));
        while (members.Next())
        {
            if (members.Is("namespace"u8))
                @namespace = members.Value;
        }

        return JsonField.Text(@namespace, "key.namespace", ref fault) ?? "";
    }

    /// <summary>The tags, which a put keeps with the entry.</summary>
    public static ImmutableArray<string> ReadTags(ReadOnlySpan<byte> json, scoped ref FieldFault fault)
    {
        ReadOnlySpan<byte> tags = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("tags"u8))
                tags = members.Value;
        }

        return JsonField.Texts(tags, "key.tags", ref fault);
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> json, string name, bool required, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
        {
            if (required)
                fault.Set($"Field '{name}' is required.");
            return default;
        }

        if (!JsonText.IsString(json))
        {
            fault.Set($"Field '{name}' must be a string.");
            return default;
        }

        var inner = JsonText.Inner(json);
        return inner.Contains((byte)'\\') ? JsonText.Unescape(inner) : inner;
    }
}
