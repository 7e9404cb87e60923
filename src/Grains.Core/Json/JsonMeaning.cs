using System.Buffers;

namespace Grains.Json;

/// <summary>
/// Equality by what JSON means: the order of members and the spelling of numbers and escapes do not matter, of duplicate members
/// the last counts, numbers are equal exactly (1, 1.0 and 1e0; never by rounding). Text and bytes mean themselves, and so does what is
/// no JSON or deeper than 256 levels. Called by test-and-set and by the structures, which use the canonical form as a key.
/// </summary>
public static class JsonMeaning
{
    // A string's body without escapes and an integer of these bytes are their own canonical form.
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>Whether two values mean the same. None equals only none; a missing key's equality with null is the operation's rule.</summary>
    public static bool Equal(Value left, Value right)
    {
        if (left.Kind != right.Kind)
            return false;
        var a = left.Bytes.Span;
        var b = right.Bytes.Span;
        if (a.SequenceEqual(b))
            return true;
        if (left.Kind != ValueKind.Json || (IsCanonical(a) && IsCanonical(b)))
            return false;
        return Canonical(left).Bytes.Span.SequenceEqual(Canonical(right).Bytes.Span);
    }

    /// <summary>The value in its canonical form: the same value when it is in that form already, which costs nothing for literals,
    /// plain integers and strings without escapes.</summary>
    public static Value Canonical(Value value)
    {
        if (value.Kind != ValueKind.Json || IsCanonical(value.Bytes.Span))
            return value;
        using var text = new Utf8Buffer();
        if (!JsonCanonicalizer.TryWrite(value.Bytes.Span, text) || text.Overflowed)
            return value;
        return text.Written.SequenceEqual(value.Bytes.Span) ? value : Value.Json(text.ToArray());
    }

    // Says yes only when it is sure, at a glance.
    private static bool IsCanonical(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return true;
        return json[0] switch
        {
            (byte)'"' => json.Length > 1 && json[^1] == (byte)'"' && !json.Contains((byte)'\\'),
            >= (byte)'1' and <= (byte)'9' => json.Length <= 19 && !json.ContainsAnyExcept(Digits),
            (byte)'0' => json.Length == 1,
            (byte)'-' => json.Length is > 1 and <= 19 && json[1] != (byte)'0' && !json[1..].ContainsAnyExcept(Digits),
            (byte)'t' or (byte)'f' or (byte)'n' => json.SequenceEqual("true"u8) || json.SequenceEqual("false"u8) || json.SequenceEqual("null"u8),
            _ => false,
        };
    }
}
