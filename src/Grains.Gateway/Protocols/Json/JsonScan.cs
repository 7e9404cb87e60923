using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Grains.Gateway.Protocols.Json;

/// <summary>
/// Where a JSON value in a span ends (RFC 8259, every byte checked; that the bytes are UTF-8 is the caller's to know). Positions go in and come
/// out, or <see cref="Invalid"/> or <see cref="TooDeep"/>, both below zero. No tokens, no state: what a message means is found by whoever walks it.
/// </summary>
internal static class JsonScan
{
    public const int Invalid = -1;
    public const int TooDeep = -2;

    /// <summary>What cannot stand in a string as it is: quote, backslash, control characters.</summary>
    public static readonly SearchValues<byte> NotPlain = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"u8
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    /// <summary>The first position from here on that holds no white space; the length when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Space(ReadOnlySpan<byte> json, int at)
    {
        while ((uint)at < (uint)json.Length && json[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            at++;
        return at;
    }

    /// <summary>The end of the value that begins here.</summary>
    /// <param name="json">Text.</param>
    /// <param name="at">Where.</param>
    /// <param name="depthLeft">How many objects and arrays may lie in each other from here on.</param>
    public static int Value(ReadOnlySpan<byte> json, int at, int depthLeft)
    {
        if ((uint)at >= (uint)json.Length)
            return Invalid;
        switch (json[at])
        {
            case (byte)'"':
                return String(json, at, out _);
            case (byte)'{':
                return depthLeft > 0 ? Object(json, at + 1, depthLeft - 1) : TooDeep;
            case (byte)'[':
                return depthLeft > 0 ? Array(json, at + 1, depthLeft - 1) : TooDeep;
            case (byte)'t':
                return Word(json, at, "true"u8);
            case (byte)'f':
                return Word(json, at, "false"u8);
            case (byte)'n':
                return Word(json, at, "null"u8);
            default:
                return Number(json, at);
        }
    }

    /// <summary>The end of the string that begins here.</summary>
    public static int String(ReadOnlySpan<byte> json, int at, out bool isEscaped)
    {
        isEscaped = false;
        if ((uint)at >= (uint)json.Length || json[at] != (byte)'"')
            return Invalid;
        at++;
        while (true)
        {
            at += PlainLength(json[at..]);
            if ((uint)at >= (uint)json.Length)
                return Invalid;
            if (json[at] == (byte)'"')
                return at + 1;
            isEscaped = true;
            at = Escape(json, at);
            if (at < 0)
                return at;
        }
    }

    /// <summary>The beginning of the value of the member whose name ends here.</summary>
    public static int AfterName(ReadOnlySpan<byte> json, int at)
    {
        at = Space(json, at);
        return (uint)at < (uint)json.Length && json[at] == (byte)':' ? Space(json, at + 1) : Invalid;
    }

    /// <summary>After a member or an item: the beginning of the next, or where the list ends.</summary>
    /// <param name="json">Text.</param>
    /// <param name="at">Where the one before has ended.</param>
    /// <param name="closing">What closes the list.</param>
    /// <param name="hasMore">False when the list has ended.</param>
    public static int AfterItem(ReadOnlySpan<byte> json, int at, byte closing, out bool hasMore)
    {
        at = Space(json, at);
        hasMore = (uint)at < (uint)json.Length && json[at] == (byte)',';
        if (hasMore)
            return Space(json, at + 1);
        return (uint)at < (uint)json.Length && json[at] == closing ? at + 1 : Invalid;
    }

    private static int Object(ReadOnlySpan<byte> json, int at, int depthLeft)
    {
        at = Space(json, at);
        if ((uint)at < (uint)json.Length && json[at] == (byte)'}')
            return at + 1;
        var hasMore = true;
        while (hasMore && at >= 0)
        {
            at = String(json, at, out _);
            if (at >= 0)
                at = AfterName(json, at);
            if (at >= 0)
                at = Value(json, at, depthLeft);
            if (at >= 0)
                at = AfterItem(json, at, (byte)'}', out hasMore);
        }

        return at;
    }

    private static int Array(ReadOnlySpan<byte> json, int at, int depthLeft)
    {
        at = Space(json, at);
        if ((uint)at < (uint)json.Length && json[at] == (byte)']')
            return at + 1;
        var hasMore = true;
        while (hasMore && at >= 0)
        {
            at = Value(json, at, depthLeft);
            if (at >= 0)
                at = AfterItem(json, at, (byte)']', out hasMore);
        }

        return at;
    }

    private static int Word(ReadOnlySpan<byte> json, int at, ReadOnlySpan<byte> word) =>
        json[at..].StartsWith(word) ? at + word.Length : Invalid;

    private static int Number(ReadOnlySpan<byte> json, int at)
    {
        if (json[at] == (byte)'-')
            at++;
        var start = at;
        at = Digits(json, at);
        if (at == start || (json[start] == (byte)'0' && at > start + 1))
            return Invalid;
        if ((uint)at < (uint)json.Length && json[at] == (byte)'.')
        {
            start = ++at;
            at = Digits(json, at);
            if (at == start)
                return Invalid;
        }

        if ((uint)at >= (uint)json.Length || json[at] is not ((byte)'e' or (byte)'E'))
            return at;
        at++;
        if ((uint)at < (uint)json.Length && json[at] is (byte)'+' or (byte)'-')
            at++;
        start = at;
        at = Digits(json, at);
        return at == start ? Invalid : at;
    }

    private static int Digits(ReadOnlySpan<byte> json, int at)
    {
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9)
            at++;
        return at;
    }

    /// <summary>The position after what begins with a backslash; a control character is none.</summary>
    private static int Escape(ReadOnlySpan<byte> json, int at)
    {
        if (json[at] != (byte)'\\' || at + 1 >= json.Length)
            return Invalid;
        if (json[at + 1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t')
            return at + 2;
        if (json[at + 1] != (byte)'u' || json.Length - at < 6)
            return Invalid;
        foreach (var digit in json.Slice(at + 2, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return Invalid;
        }

        return at + 6;
    }

    /// <summary>How many bytes come before a quote, a backslash or a control character. Most texts of a message are shorter than a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlainLength(ReadOnlySpan<byte> text)
    {
        if (Vector128.IsHardwareAccelerated && text.Length >= Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(text);
            var ends = Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes, Vector128.Create((byte)' '));
            if (ends != Vector128<byte>.Zero)
                return BitOperations.TrailingZeroCount(ends.ExtractMostSignificantBits());
        }

        var length = text.IndexOfAny(NotPlain);
        return length < 0 ? text.Length : length;
    }
}
