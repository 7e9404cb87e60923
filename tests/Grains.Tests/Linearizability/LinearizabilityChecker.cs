using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>
/// Decides whether a history could have come from keys whose operations take effect one at a time, each at some moment between its
/// invocation and its return (Herlihy and Wing). Keys are judged one by one, which is enough: linearizability is local.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Steps tried for one key before giving up.</summary>
    public const long StepsMax = 5_000_000;

    /// <returns>Null when the history is linearizable; else the first key that is not, with its history around the place where it
    /// could go no further.</returns>
    /// <exception cref="InvalidOperationException">A key was not decided within <see cref="StepsMax"/>.</exception>
    public static LinearizabilityFault? Check(IEnumerable<Operation> history) => history
        .GroupBy(o => o.Key)
        .OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => CheckKey(g.Key, [.. g.OrderBy(o => o.Invoked)]))
        .FirstOrDefault(f => f is not null);

    private static LinearizabilityFault? CheckKey(string key, ImmutableArray<Operation> operations)
    {
        var search = new KeySearch(operations);
        var isLinearizable = search.Run(StepsMax);
        if (isLinearizable == true)
            return null;
        var fault = new LinearizabilityFault(key, operations, search.Longest);
        return isLinearizable == false ? fault : throw new InvalidOperationException($"Not decided within {StepsMax} steps. {fault}");
    }
}
