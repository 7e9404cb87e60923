using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Grains.Gateway.Protocols.Json;

/// <summary>Decimal digits of a known count, two at a time: an answer has five numbers of sixteen digits (times and revisions).</summary>
internal static class JsonDigits
{
    private static ReadOnlySpan<byte> Pairs =>
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"u8
        + "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    /// <param name="place">Room for two digits.</param>
    /// <param name="value">Below 100.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Two(Span<byte> place, uint value) =>
        MemoryMarshal.Write(place, MemoryMarshal.Read<ushort>(Pairs.Slice(2 * (int)value, 2)));

    /// <param name="place">Room for four digits.</param>
    /// <param name="value">Below 10,000.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Four(Span<byte> place, uint value)
    {
        Two(place, value / 100);
        Two(place[2..], value % 100);
    }

    /// <param name="place">Room for eight digits.</param>
    /// <param name="value">Below 100,000,000.</param>
    public static void Eight(Span<byte> place, uint value)
    {
        Four(place, value / 10_000);
        Four(place[4..], value % 10_000);
    }
}
