using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Grains.Gateway.Protocols.Json;

/// <summary>What a span that holds one valid JSON value is, and what it says.</summary>
internal static class JsonText
{
    public static bool IsObject(ReadOnlySpan<byte> json) => json.Length > 0 && json[0] == (byte)'{';

    public static bool IsArray(ReadOnlySpan<byte> json) => json.Length > 0 && json[0] == (byte)'[';

    public static bool IsString(ReadOnlySpan<byte> json) => json.Length > 0 && json[0] == (byte)'"';

    public static bool IsNull(ReadOnlySpan<byte> json) => json.Length > 0 && json[0] == (byte)'n';

    public static bool IsAbsentOrNull(ReadOnlySpan<byte> json) => json.IsEmpty || IsNull(json);

    public static bool IsNumber(ReadOnlySpan<byte> json) => json.Length > 0 && (json[0] == (byte)'-' || (uint)(json[0] - '0') <= 9);

    /// <summary>The inside of a JSON string, still escaped: what can be written between quotes again.</summary>
    public static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> json) => json[1..^1];

    /// <summary>The text of a JSON string; an escaped half of a surrogate pair without its other half becomes U+FFFD.</summary>
    public static string Decode(ReadOnlySpan<byte> json)
    {
        var inner = Inner(json);
        return Encoding.UTF8.GetString(inner.Contains((byte)'\\') ? Unescape(inner) : inner);
    }

    /// <summary>UTF-8 of an escaped string's inside. Not by <see cref="Utf8JsonReader"/>, which throws at half a surrogate pair.</summary>
    public static byte[] Unescape(ReadOnlySpan<byte> inner)
    {
        var chars = new StringBuilder(inner.Length);
        while (inner.Length > 0)
        {
            var plain = inner.IndexOf((byte)'\\');
            chars.Append(Encoding.UTF8.GetString(plain < 0 ? inner : inner[..plain]));
            if (plain < 0)
                break;
            var escape = inner[plain + 1];
            chars.Append(escape switch
            {
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'u' => Hex(inner.Slice(plain + 2, 4)),
                _ => (char)escape,
            });
            inner = inner[(plain + (escape == (byte)'u' ? 6 : 2))..];
        }

        return Encoding.UTF8.GetBytes(chars.ToString());
    }

    /// <summary>The bytes of a base64 JSON string, or null when it is none.</summary>
    public static byte[]? DecodeBase64(ReadOnlySpan<byte> json)
    {
        var inner = Inner(json);
        if (inner.Contains((byte)'\\'))
            inner = Unescape(inner);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(inner.Length)];
        return Base64.DecodeFromUtf8(inner, bytes, out _, out var count) == System.Buffers.OperationStatus.Done ? bytes[..count] : null;
    }

    /// <summary>A whole number; 5.0 and 5e0 are whole too.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> json, out long value)
    {
        value = 0;
        if (!IsNumber(json))
            return false;
        if (Utf8Parser.TryParse(json, out value, out int used) && used == json.Length)
            return true;
        if (!TryNumber(json, out var number) || number != Math.Floor(number) || Math.Abs(number) >= 9.2e18)
            return false;
        value = (long)number;
        return true;
    }

    public static bool TryNumber(ReadOnlySpan<byte> json, out double value)
    {
        value = 0;
        return IsNumber(json) && Utf8Parser.TryParse(json, out value, out int used) && used == json.Length && double.IsFinite(value);
    }

    private static char Hex(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';
}
