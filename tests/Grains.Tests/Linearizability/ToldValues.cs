using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>
/// The strings that any client was told or expected. A string that is none of these, nor the beginning of one, can never be told apart
/// from another such: whatever is appended to it, nobody saw the result. So one stands for them all, and of the many ways in which
/// unknown writes could have followed each other the search tries one.
/// </summary>
internal sealed class ToldValues
{
    /// <summary>A string that nobody was told; appending to it gives another.</summary>
    private const string Untold = "\"\0\"";

    private readonly string[] _told;

    public ToldValues(ImmutableArray<Operation> operations)
    {
        _told = [.. operations.SelectMany(o => new[] { o.Reply?.Value, o.Call.Expected }).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
    }

    public KeyState Canonical(in KeyState state) =>
        state.Value is ['"', ..] value && !IsTold(value) ? state with { Value = Untold } : state;

    private bool IsTold(string value)
    {
        var beginning = value.AsSpan(0, value.Length - 1);
        var at = Array.BinarySearch(_told, beginning.ToString(), StringComparer.Ordinal);
        at = at < 0 ? ~at : at;
        return at < _told.Length && _told[at].AsSpan().StartsWith(beginning, StringComparison.Ordinal);
    }
}
