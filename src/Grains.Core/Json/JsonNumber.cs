using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Grains.Json;

/// <summary>
/// The exact value of a JSON number: <c>digits × 10^exponent</c>, without rounding and without expanding the exponent.
/// <c>-1.50e3</c> is -15 × 10². Zero has no digits and no sign.
/// </summary>
internal readonly ref struct JsonNumber
{
    // An exponent of more digits than this is added to with BigInteger; below it a long cannot overflow.
    private const int LongExponentDigits = 17;

    // An exponent of more digits than this is no number that anyone means: it is kept, but the point is not moved into it.
    private const int ExponentDigitsMax = 1_000;

    private readonly ReadOnlySpan<byte> _whole;
    private readonly ReadOnlySpan<byte> _fraction;
    private readonly ReadOnlySpan<byte> _exponent;
    private readonly bool _exponentNegative;

    private JsonNumber(ReadOnlySpan<byte> literal)
    {
        Negative = literal[0] == (byte)'-';
        var rest = Negative ? literal[1..] : literal;
        var e = rest.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            _exponent = rest[(e + 1)..];
            _exponentNegative = _exponent[0] == (byte)'-';
            _exponent = _exponent.TrimStart("+-"u8).TrimStart((byte)'0');
            rest = rest[..e];
        }

        var dot = rest.IndexOf((byte)'.');
        _whole = (dot < 0 ? rest : rest[..dot]).TrimStart((byte)'0');
        _fraction = (dot < 0 ? default : rest[(dot + 1)..]).TrimEnd((byte)'0');
        PlainDigits = e < 0 && dot < 0;
        IsZero = _whole.IsEmpty && _fraction.IsEmpty;
    }

    public bool Negative { get; }

    public bool IsZero { get; }

    /// <summary>Spelled as an integer: no point, no exponent.</summary>
    public bool PlainDigits { get; }

    /// <summary>Reads a literal; false when it is no JSON number.</summary>
    public static bool TryParse(ReadOnlySpan<byte> literal, out JsonNumber number)
    {
        number = default;
        if (!IsNumber(literal))
            return false;
        number = new JsonNumber(literal);
        return true;
    }

    public static bool IsNumber(ReadOnlySpan<byte> literal)
    {
        var rest = !literal.IsEmpty && literal[0] == (byte)'-' ? literal[1..] : literal;
        var whole = DigitsOf(rest);
        if (whole == 0 || (whole > 1 && rest[0] == (byte)'0'))
            return false;
        rest = rest[whole..];
        if (!rest.IsEmpty && rest[0] == (byte)'.')
        {
            var fraction = DigitsOf(rest[1..]);
            if (fraction == 0)
                return false;
            rest = rest[(fraction + 1)..];
        }

        if (rest.IsEmpty)
            return true;
        if (rest[0] is not ((byte)'e' or (byte)'E'))
            return false;
        rest = rest[1..];
        if (!rest.IsEmpty && rest[0] is (byte)'+' or (byte)'-')
            rest = rest[1..];
        return !rest.IsEmpty && DigitsOf(rest) == rest.Length;
    }

    /// <summary>The value as a 64-bit integer, when it is one.</summary>
    public bool TryGetInt64(out long value)
    {
        value = 0;
        if (IsZero)
            return true;
        if (_exponent.Length > LongExponentDigits)
            return false;
        Split(out var lead, out var tail, out var exponent);
        if (exponent < 0 || lead.Length + tail.Length + exponent > 19)
            return false;
        Span<byte> digits = stackalloc byte[20];
        digits.Fill((byte)'0');
        digits[0] = (byte)'-';
        var from = Negative ? 1 : 0;
        lead.CopyTo(digits[from..]);
        tail.CopyTo(digits[(from + lead.Length)..]);
        var end = from + lead.Length + tail.Length + (int)exponent;
        return Utf8Parser.TryParse(digits[..end], out value, out var used) && used == end;
    }

    /// <summary>Appends the one spelling of this value: an integer of at most 20 digits plainly, anything else as
    /// <c>digits e exponent</c> with the last digit not zero.</summary>
    public void AppendCanonical(Utf8Buffer to)
    {
        if (Negative && !IsZero)
            to.Append((byte)'-');
        if (IsZero)
        {
            to.Append((byte)'0');
            return;
        }

        Split(out var lead, out var tail, out var exponent);
        to.Append(lead);
        to.Append(tail);
        if (_exponent.Length > LongExponentDigits)
        {
            AppendLongExponent(to, exponent);
            return;
        }

        if (exponent >= 0 && lead.Length + tail.Length + exponent <= 20)
        {
            for (var i = 0; i < exponent; i++)
                to.Append((byte)'0');
            return;
        }

        to.Append((byte)'e');
        to.Append(exponent);
    }

    /// <summary>The digits without zeros at either end, in two pieces, and the power of ten they stand for
    /// (without the literal's own exponent when that is too long for a long).</summary>
    private void Split(out ReadOnlySpan<byte> lead, out ReadOnlySpan<byte> tail, out long exponent)
    {
        lead = _whole.IsEmpty ? _fraction.TrimStart((byte)'0') : _whole;
        tail = _whole.IsEmpty ? default : _fraction;
        exponent = -(long)_fraction.Length;
        if (_fraction.IsEmpty)
        {
            lead = _whole.TrimEnd((byte)'0');
            exponent = _whole.Length - lead.Length;
        }

        if (_exponent.IsEmpty || _exponent.Length > LongExponentDigits)
            return;
        var written = long.Parse(_exponent, NumberStyles.None, CultureInfo.InvariantCulture);
        exponent += _exponentNegative ? -written : written;
    }

    private void AppendLongExponent(Utf8Buffer to, long shift)
    {
        to.Append((byte)'e');
        if (_exponent.Length > ExponentDigitsMax)
        {
            to.Append(_exponentNegative ? "-"u8 : "+"u8);
            to.Append(_exponent);
            return;
        }

        var exponent = BigInteger.Parse(Encoding.ASCII.GetString(_exponent), NumberStyles.None, CultureInfo.InvariantCulture);
        exponent = (_exponentNegative ? -exponent : exponent) + shift;
        to.Append(Encoding.ASCII.GetBytes(exponent.ToString(CultureInfo.InvariantCulture)));
    }

    private static int DigitsOf(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }
}
