using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Grains.Orleans.Wire;

/// <summary>
/// How a surrogate says that a member has its usual value: it is null, and null takes no bytes. The usual values that are not zero
/// are written down in the converters. They belong to the wire: a silo of another release must read the same thing from nothing, so they
/// never change, even where a type's default does. A new member gets a new id, and its null means the type's default.
/// </summary>
internal static class Omission
{
    public static string? Unless(this string value, string usual) => value == usual ? null : value;

    /// <summary>By the bits, so that a negative zero stays one.</summary>
    public static double? Unless(this double value, double usual) =>
        BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(usual) ? null : value;

    /// <summary>The array's own items, to be written at once; null when there are none.</summary>
    public static T[]? Items<T>(this ImmutableArray<T> array) => array.IsDefaultOrEmpty ? null : ImmutableCollectionsMarshal.AsArray(array);

    /// <summary>Items just read, which nobody else holds.</summary>
    public static ImmutableArray<T> Frozen<T>(this T[]? items) => items is null ? [] : ImmutableCollectionsMarshal.AsImmutableArray(items);
}
