using System.Collections.Immutable;

namespace Grains.Gateway.Protocols.Json;

/// <summary>
/// Fields of a message by type. Each takes the field's bytes (empty when it is absent) and its name for the error. Absent and <c>null</c>
/// are the same, except where a value may be null itself.
/// </summary>
internal static class JsonField
{
    public static string? Text(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return null;
        if (JsonText.IsString(json))
            return JsonText.Decode(json);
        fault.Set($"Field '{name}' must be a string.");
        return null;
    }

    public static string RequiredText(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        var text = Text(json, name, ref fault);
        if (text is null)
            fault.Set($"Field '{name}' is required.");
        return text ?? "";
    }

    public static bool Bool(ReadOnlySpan<byte> json, string name, bool absent, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return absent;
        if (json[0] is (byte)'t' or (byte)'f')
            return json[0] == (byte)'t';
        fault.Set($"Field '{name}' must be true or false.");
        return absent;
    }

    public static long? Integer(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return null;
        if (JsonText.TryInteger(json, out var value))
            return value;
        fault.Set($"Field '{name}' must be a whole number of 64 bits.");
        return null;
    }

    /// <summary>A whole number from <paramref name="least"/> to 2^31 - 1; more counts as that.</summary>
    public static int? Count(ReadOnlySpan<byte> json, string name, int least, scoped ref FieldFault fault)
    {
        var value = Integer(json, name, ref fault);
        if (value < least)
            fault.Set($"Field '{name}' must be at least {least}.");
        return value is { } given ? (int)Math.Clamp(given, least, int.MaxValue) : null;
    }

    public static double? Number(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return null;
        if (JsonText.TryNumber(json, out var value))
            return value;
        fault.Set($"Field '{name}' must be a number.");
        return null;
    }

    /// <summary>Seconds with a fraction, at most a hundred years either way.</summary>
    public static TimeSpan? Seconds(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault) => Span(json, name, 1, ref fault);

    /// <summary>Milliseconds, at most a hundred years either way.</summary>
    public static TimeSpan? Milliseconds(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault) => Span(json, name, 1_000, ref fault);

    /// <summary>An instant in seconds of the Unix epoch, as microseconds.</summary>
    public static long? Instant(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        if (Number(json, name, ref fault) is not { } seconds)
            return null;
        if (Math.Abs(seconds) <= InstantSecondsMax)
            return Clock.FromSeconds(seconds);
        fault.Set($"Field '{name}' is not a time in seconds of the Unix epoch.");
        return null;
    }

    public static ImmutableArray<string> Texts(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return [];
        if (!JsonText.IsArray(json))
            fault.Set($"Field '{name}' must be an array of strings.");
        var texts = ImmutableArray.CreateBuilder<string>();
        var items = new JsonItems(json);
        while (items.Next())
        {
            if (!JsonText.IsString(items.Value))
            {
                fault.Set($"Field '{name}' must be an array of strings.");
                return [];
            }

            texts.Add(JsonText.Decode(items.Value));
        }

        return texts.DrainToImmutable();
    }

    /// <summary>The field if it is an object; nothing when it is absent or null.</summary>
    public static ReadOnlySpan<byte> Object(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault) =>
        Container(json, name, (byte)'{', "an object", ref fault);

    /// <summary>The field if it is an array; nothing when it is absent or null.</summary>
    public static ReadOnlySpan<byte> Array(ReadOnlySpan<byte> json, string name, scoped ref FieldFault fault) =>
        Container(json, name, (byte)'[', "an array", ref fault);

    /// <summary>A copy of any JSON value; none when it is absent.</summary>
    public static Value Value(ReadOnlySpan<byte> json) => json.IsEmpty ? default
        : JsonText.IsNull(json) ? Grains.Value.Null
        : Grains.Value.Json(json.ToArray());

    /// <summary>A value whose kind is told beside it: <c>json</c> (or nothing), <c>text</c>, or <c>bytes</c> in base64.</summary>
    public static Value Value(ReadOnlySpan<byte> json, ReadOnlySpan<byte> kind, string name, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(kind) || JsonText.IsAbsentOrNull(json) || kind.SequenceEqual("\"json\""u8))
            return Value(json);
        if (!JsonText.IsString(json))
        {
            fault.Set($"Field '{name}' must be a string, because its kind is not json.");
            return default;
        }

        if (kind.SequenceEqual("\"text\""u8))
            return Grains.Value.Text(JsonText.Decode(json));
        if (!kind.SequenceEqual("\"bytes\""u8))
        {
            fault.Set($"The kind of '{name}' must be \"json\", \"text\" or \"bytes\".");
            return default;
        }

        var bytes = JsonText.DecodeBase64(json);
        if (bytes is null)
            fault.Set($"Field '{name}' is not base64.");
        return Grains.Value.FromBytes(bytes);
    }

    private const double InstantSecondsMax = 1e11;
    private const double SpanSecondsMax = 100.0 * 365 * 24 * 3600;

    private static TimeSpan? Span(ReadOnlySpan<byte> json, string name, double unitsPerSecond, scoped ref FieldFault fault)
    {
        if (Number(json, name, ref fault) is not { } units)
            return null;
        var seconds = units / unitsPerSecond;
        if (Math.Abs(seconds) <= SpanSecondsMax)
            return TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        fault.Set($"Field '{name}' is more than a hundred years.");
        return null;
    }

    private static ReadOnlySpan<byte> Container(ReadOnlySpan<byte> json, string name, byte first, string what, scoped ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            return default;
        if (json[0] == first)
            return json;
        fault.Set($"Field '{name}' must be {what}.");
        return default;
    }
}
