using System.Globalization;
using Orleans;

namespace Grains.Orleans;

/// <summary>The grains of keys by the keys.</summary>
public static class KeyGrains
{
    /// <summary>The grain of a key.</summary>
    public static IKeyGrain GetKeyGrain(this IGrainFactory grains, CacheKey key)
    {
        ArgumentNullException.ThrowIfNull(grains);
        return grains.GetGrain<IKeyGrain>(NameOf(key));
    }

    /// <summary>The string key of a key's grain: <c>lengthOfNamespace,lengthOfVersion,</c> and then namespace, version and identifier.</summary>
    public static string NameOf(CacheKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (@namespace, version) = (key.Namespace, key.Version);
        return string.Create(CultureInfo.InvariantCulture, $"{@namespace.Length},{version.Length},{@namespace}{version}{key.Identifier}");
    }

    /// <summary>The key of a grain's name.</summary>
    /// <exception cref="FormatException">It is not one that <see cref="NameOf"/> makes.</exception>
    public static CacheKey KeyOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parts = name.Split(',', 3);
        if (parts.Length == 3 && TryLength(parts[0], out var ofNamespace) && TryLength(parts[1], out var ofVersion)
            && (long)ofNamespace + ofVersion <= parts[2].Length)
        {
            var key = new CacheKey(parts[2][..ofNamespace], parts[2][(ofNamespace + ofVersion)..], parts[2][ofNamespace..(ofNamespace + ofVersion)]);
            // Another spelling of a length would be a second grain of the key.
            if (NameOf(key) == name)
                return key;
        }

        throw new FormatException($"\"{name}\" is not the name of a key's grain.");
    }

    private static bool TryLength(string text, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length);
}
