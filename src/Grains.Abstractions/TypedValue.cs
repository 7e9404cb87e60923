using System.Text.Json;

namespace Grains;

/// <summary>How the typed verbs turn .NET values into <see cref="Value"/> and back: a <see cref="Value"/> stays what it is,
/// a byte array becomes bytes, everything else JSON with web naming.</summary>
internal static class TypedValue
{
    public static Value Of<T>(T value) => value switch
    {
        Value already => already,
        byte[] bytes => Value.FromBytes((byte[])bytes.Clone()),
        ReadOnlyMemory<byte> bytes => Value.FromBytes(bytes.ToArray()),
        _ => Value.From(value),
    };

    /// <param name="value">What was read.</param>
    /// <param name="place">Where it stood.</param>
    /// <param name="name">Puts the place into words.</param>
    /// <exception cref="GrainsException"><see cref="ErrorCode.IncompatibleTypes"/>: it does not fit T; the place is named.</exception>
    public static T? Read<T, TPlace>(Value value, TPlace place, Func<TPlace, string> name)
    {
        if (typeof(T) == typeof(Value))
            return (T)(object)value;
        try
        {
            return value.As<T>();
        }
        catch (Exception error) when (error is JsonException or InvalidCastException)
        {
            throw new GrainsException(ErrorCode.IncompatibleTypes, $"{name(place)} cannot be read as {typeof(T).Name}", error.Message, error);
        }
    }

    /// <inheritdoc cref="Read{T, TPlace}"/>
    public static T? Read<T>(Value value, CacheKey key) => Read<T, CacheKey>(value, key, static key => $"The value of {key}");
}
