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

    /// <exception cref="JsonException">The JSON does not fit T.</exception>
    public static T? Read<T>(Value value) => typeof(T) == typeof(Value) ? (T)(object)value : value.As<T>();
}
