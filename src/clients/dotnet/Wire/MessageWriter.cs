using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>
/// The buffer in which a message is written: one per thread, used between <see cref="Begin"/> and <see cref="End"/> with no await
/// between them. The message itself is a new array, because it waits in a queue and may be sent again.
/// </summary>
internal static class MessageWriter
{
    private const int KeptBytesMax = 1024 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Starts the object of a message and writes its role and, if it is not 0, its id.</summary>
    public static Utf8JsonWriter Begin(ReadOnlySpan<byte> role, long u = 0)
    {
        if (_buffer is null || _buffer.Capacity > KeptBytesMax)
            _buffer = new ArrayBufferWriter<byte>(1024);
        else
            _buffer.ResetWrittenCount();
        if (_writer is null)
            _writer = new Utf8JsonWriter(_buffer, Options);
        else
            _writer.Reset(_buffer);
        _writer.WriteStartObject();
        _writer.WriteString("role"u8, role);
        if (u != 0)
            WriteId(_writer, "u"u8, u);
        return _writer;
    }

    /// <summary>Ends the object and gives the message.</summary>
    public static byte[] End(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.Flush();
        return _buffer!.WrittenSpan.ToArray();
    }

    /// <summary>Writes a value as it stands: JSON raw, text as a string, bytes as base64.</summary>
    public static void WriteValue(this Utf8JsonWriter writer, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Json:
                writer.WriteRawValue(value.Bytes.Span, skipInputValidation: true);
                break;
            case ValueKind.Text:
                writer.WriteStringValue(value.Bytes.Span);
                break;
            case ValueKind.Bytes:
                writer.WriteBase64StringValue(value.Bytes.Span);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>Writes a member, and beside it its kind when that is not JSON.</summary>
    public static void WriteMember(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, Value value, ReadOnlySpan<byte> kindName)
    {
        writer.WritePropertyName(name);
        writer.WriteValue(value);
        if (value.Kind == ValueKind.Text)
            writer.WriteString(kindName, "text"u8);
        else if (value.Kind == ValueKind.Bytes)
            writer.WriteString(kindName, "bytes"u8);
    }

    public static void WriteText(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            writer.WriteString(name, text);
    }

    public static void WriteStrings(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> items)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }

    public static void WriteSeconds(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, TimeSpan? span)
    {
        if (span is { } time)
            writer.WriteNumber(name, time.TotalSeconds);
    }

    /// <summary>A time in microseconds as seconds with a fraction.</summary>
    public static void WriteTime(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long us) => writer.WriteNumber(name, us / 1e6);

    private static void WriteId(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long u)
    {
        Span<byte> digits = stackalloc byte[20];
        System.Buffers.Text.Utf8Formatter.TryFormat(u, digits, out var length);
        writer.WriteString(name, digits[..length]);
    }
}
