using System.Text;
using System.Text.Json;

namespace Grains;

/// <summary>
/// A value of the cache or the payload of a message or call: a kind and the bytes as they came.
/// Immutable: whoever makes one gives the bytes away and changes them no more.
/// <c>==</c> compares kind and bytes; equality by JSON meaning is a rule of the engine.
/// </summary>
public readonly struct Value : IEquatable<Value>
{
    private static readonly byte[] NullLiteral = "null"u8.ToArray();
    private static readonly byte[] TrueLiteral = "true"u8.ToArray();
    private static readonly byte[] FalseLiteral = "false"u8.ToArray();

    public Value(ValueKind kind, ReadOnlyMemory<byte> bytes)
    {
        Kind = kind;
        Bytes = bytes;
    }

    public ValueKind Kind { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    public bool IsNone => Kind == ValueKind.None;

    /// <summary>True for the JSON literal <c>null</c>, which is present, unlike <see cref="None"/>.</summary>
    public bool IsNull => Kind == ValueKind.Json && Bytes.Span.SequenceEqual("null"u8);

    public static Value None => default;

    public static Value Null => new(ValueKind.Json, NullLiteral);

    /// <summary>The bytes of one JSON document; the caller vouches that they are valid UTF-8 JSON.</summary>
    public static Value Json(ReadOnlyMemory<byte> utf8Json) => new(ValueKind.Json, utf8Json);

    /// <inheritdoc cref="Json(ReadOnlyMemory{byte})"/>
    public static Value Json(string json) => new(ValueKind.Json, Encoding.UTF8.GetBytes(json));

    public static Value Json(bool value) => new(ValueKind.Json, value ? TrueLiteral : FalseLiteral);

    public static Value Text(string text) => new(ValueKind.Text, Encoding.UTF8.GetBytes(text));

    public static Value FromBytes(ReadOnlyMemory<byte> bytes) => new(ValueKind.Bytes, bytes);

    /// <summary>The JSON form of any .NET object, with web naming (camelCase).</summary>
    public static Value From<T>(T value, JsonSerializerOptions? options = null) =>
        new(ValueKind.Json, JsonSerializer.SerializeToUtf8Bytes(value, options ?? JsonSerializerOptions.Web));

    /// <summary>Reads the value as <typeparamref name="T"/>: JSON is deserialized; text and bytes are given as
    /// <see cref="string"/> and <c>byte[]</c>, and text also as bytes. None is the default of T.</summary>
    /// <exception cref="JsonException">The JSON does not fit T.</exception>
    /// <exception cref="InvalidCastException">Text or bytes were asked for as something else.</exception>
    public T? As<T>(JsonSerializerOptions? options = null) => Kind switch
    {
        ValueKind.None => default,
        ValueKind.Json => JsonSerializer.Deserialize<T>(Bytes.Span, options ?? JsonSerializerOptions.Web),
        ValueKind.Text when typeof(T) == typeof(string) => (T)(object)Encoding.UTF8.GetString(Bytes.Span),
        ValueKind.Text or ValueKind.Bytes when typeof(T) == typeof(byte[]) => (T)(object)Bytes.ToArray(),
        _ => throw new InvalidCastException($"A value of kind {Kind} cannot be read as {typeof(T).Name}."),
    };

    public bool Equals(Value other) => Kind == other.Kind && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>The text of JSON and text values; the length of bytes. For people, not for programs.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.None => "(none)",
        ValueKind.Bytes => $"({Bytes.Length} bytes)",
        _ => Encoding.UTF8.GetString(Bytes.Span),
    };

    public static bool operator ==(Value left, Value right) => left.Equals(right);

    public static bool operator !=(Value left, Value right) => !left.Equals(right);
}
