namespace Grains.Json;

/// <summary>How a sum of two JSON numbers ended.</summary>
public enum SumResult : byte
{
    Done,

    /// <summary>One of the two is not a number.</summary>
    NotNumeric,

    /// <summary>Integers beyond 64 bits, or a sum beyond a double.</summary>
    Overflow,
}
