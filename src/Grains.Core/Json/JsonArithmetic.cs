using System.Globalization;

namespace Grains.Json;

/// <summary>
/// Sums of JSON numbers. While both sides are integers (by meaning: 5.0 is one) this is 64-bit arithmetic that refuses to overflow;
/// otherwise decimal where that is exact (0.1 + 0.2 is 0.3), else double.
/// </summary>
public static class JsonArithmetic
{
    // A decimal holds 28 digits: with at most 18 before the point and 10 after it a sum is exact.
    private const int DecimalScale = 10;
    private const decimal DecimalMax = 1e18m;

    /// <summary>left + right, or left - right.</summary>
    public static SumResult Add(Value left, Value right, bool subtract, out Value sum)
    {
        sum = default;
        var a = Trim(left);
        var b = Trim(right);
        if (left.Kind != ValueKind.Json || right.Kind != ValueKind.Json
            || !JsonNumber.TryParse(a, out var x) || !JsonNumber.TryParse(b, out var y))
            return SumResult.NotNumeric;
        var integers = x.TryGetInt64(out var i) & y.TryGetInt64(out var j);
        if (integers)
            return AddIntegers(i, j, subtract, out sum);
        if (x.PlainDigits && y.PlainDigits)
            return SumResult.Overflow;
        return AddDecimals(a, b, subtract, out sum);
    }

    /// <summary>Whether the value is one JSON number.</summary>
    public static bool IsNumber(Value value) => value.Kind == ValueKind.Json && JsonNumber.IsNumber(Trim(value));

    /// <summary>The number as a finite double; false when it is no number or beyond a double.</summary>
    public static bool TryGetDouble(Value value, out double number)
    {
        number = 0;
        return IsNumber(value) && double.TryParse(Trim(value), NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    /// <summary>The number as a 64-bit integer, when its value is one.</summary>
    public static bool TryGetInt64(Value value, out long number)
    {
        number = 0;
        return value.Kind == ValueKind.Json && JsonNumber.TryParse(Trim(value), out var parsed) && parsed.TryGetInt64(out number);
    }

    public static Value FromInteger(long number) => Value.Json(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The number in JSON; it must be finite.</summary>
    public static Value FromDouble(double number) => Value.Json(number.ToString("R", CultureInfo.InvariantCulture));

    private static SumResult AddIntegers(long a, long b, bool subtract, out Value sum)
    {
        var result = (Int128)a + (subtract ? -(Int128)b : b);
        var fits = result >= long.MinValue && result <= long.MaxValue;
        sum = fits ? FromInteger((long)result) : default;
        return fits ? SumResult.Done : SumResult.Overflow;
    }

    private static SumResult AddDecimals(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, bool subtract, out Value sum)
    {
        if (TryDecimal(a, out var x) && TryDecimal(b, out var y))
        {
            sum = Value.Json((subtract ? x - y : x + y).ToString("0.############################", CultureInfo.InvariantCulture));
            return SumResult.Done;
        }

        var left = double.Parse(a, NumberStyles.Float, CultureInfo.InvariantCulture);
        var right = double.Parse(b, NumberStyles.Float, CultureInfo.InvariantCulture);
        var result = subtract ? left - right : left + right;
        sum = double.IsFinite(result) ? FromDouble(result) : default;
        return double.IsFinite(result) ? SumResult.Done : SumResult.Overflow;
    }

    private static bool TryDecimal(ReadOnlySpan<byte> text, out decimal value)
    {
        value = 0;
        return text.Length <= 32 && !text.ContainsAny((byte)'e', (byte)'E')
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && value.Scale <= DecimalScale && Math.Abs(value) < DecimalMax;
    }

    private static ReadOnlySpan<byte> Trim(Value value) => value.Bytes.Span.Trim(" \t\r\n"u8);
}
