namespace Grains.Tests.Linearizability;

/// <summary>
/// What the model knows of a key at one point of a linearization. Times are not known exactly: the entry that expires was written
/// at some moment from <see cref="WrittenFromUs"/> to <see cref="WrittenToUs"/>, and the clock is now at
/// <see cref="NowUs"/> or later, and not before that moment. For the constraints that occur here (each operation within its window, in order,
/// each before or after the expiry of the last write) these three numbers are exact.
/// </summary>
internal readonly record struct KeyState
{
    public static readonly KeyState Missing = new() { NowUs = long.MinValue };

    /// <summary>JSON text; null when there is no entry.</summary>
    public string? Value { get; init; }

    /// <summary>The entry's revision, or when it is not <see cref="RevisionIsExact"/> (or there is no entry) the least it can be.</summary>
    public long Revision { get; init; }

    public bool RevisionIsExact { get; init; }

    /// <summary>0: the entry never expires.</summary>
    public long TtlUs { get; init; }

    public long WrittenFromUs { get; init; }

    public long WrittenToUs { get; init; }

    public long NowUs { get; init; }

    public bool IsPresent => Value is not null;

    /// <summary>The part by which two states can be compared; of two equal ones the other members say which allows more.</summary>
    public (string? Value, long ExactRevision, long TtlUs) Identity => (Value, RevisionIsExact ? Revision : -1, TtlUs);

    /// <summary>True when whatever can follow <paramref name="other"/>, of the same <see cref="Identity"/>, can follow this state.</summary>
    public bool Allows(in KeyState other) => NowUs <= other.NowUs && Revision <= other.Revision
        && (TtlUs == 0 || (WrittenFromUs <= other.WrittenFromUs && WrittenToUs >= other.WrittenToUs));
}
