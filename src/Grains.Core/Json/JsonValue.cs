using System.Text.Json;

namespace Grains.Json;

/// <summary>A <see cref="Value"/> of any kind as a piece of JSON, and the pieces of JSON arrays and objects as values.</summary>
public static class JsonValue
{
    /// <summary>For walking values that are known to be JSON: their depth was limited where they came in.</summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 4_096 };

    /// <summary>Appends JSON as it is, text as a JSON string, bytes as a string of base64, none as null.</summary>
    public static void Append(Utf8Buffer to, Value value)
    {
        ArgumentNullException.ThrowIfNull(to);
        switch (value.Kind)
        {
            case ValueKind.Json:
                to.Append(value.Bytes.Span);
                break;
            case ValueKind.Text:
                JsonText.AppendUtf8String(to, value.Bytes.Span);
                break;
            case ValueKind.Bytes:
                to.Append((byte)'"');
                to.AppendBase64(value.Bytes.Span);
                to.Append((byte)'"');
                break;
            default:
                to.Append("null"u8);
                break;
        }
    }

    /// <summary>Says whether <see cref="Append"/> appends more bytes than that.</summary>
    public static bool IsLongerThan(Value value, long bytesMax) => value.Kind switch
    {
        ValueKind.Bytes => Base64LengthOf(value.Bytes.Length) > bytesMax,
        ValueKind.Text => value.Bytes.Length + 2L > bytesMax
            || ((6L * value.Bytes.Length) + 2 > bytesMax && JsonText.LengthOfUtf8(value.Bytes.Span) > bytesMax),
        _ => value.Bytes.Length > bytesMax,
    };

    private static long Base64LengthOf(long bytes) => ((bytes + 2) / 3 * 4) + 2;

    /// <summary>The first character that is not white space; 0 when there is none.</summary>
    public static byte FirstByte(Value value)
    {
        var text = value.Bytes.Span.TrimStart(" \t\r\n"u8);
        return value.Kind == ValueKind.Json && !text.IsEmpty ? text[0] : (byte)0;
    }

    public static bool IsString(Value value) => FirstByte(value) == (byte)'"';

    public static bool IsArray(Value value) => FirstByte(value) == (byte)'[';

    /// <summary>The items of a JSON array, as slices of its bytes; false when the value is no array.</summary>
    public static bool TryReadArray(Value value, List<Value> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (!IsArray(value))
            return false;
        var reader = new Utf8JsonReader(value.Bytes.Span, ReaderOptions);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                items.Add(ReadItem(ref reader, value));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The members of a JSON object in their order, duplicates too, as slices of its bytes; false when the value is no object.</summary>
    public static bool TryReadObject(Value value, List<KeyValuePair<string, Value>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (FirstByte(value) != (byte)'{')
            return false;
        var json = value.Bytes.Span;
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = JsonText.Decode(json[(int)reader.TokenStartIndex..((int)reader.TokenStartIndex + reader.ValueSpan.Length + 2)]);
                reader.Read();
                members.Add(new(name, ReadItem(ref reader, value)));
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Value ReadItem(ref Utf8JsonReader reader, Value whole)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return Value.Json(whole.Bytes[start..(int)reader.BytesConsumed]);
    }
}
