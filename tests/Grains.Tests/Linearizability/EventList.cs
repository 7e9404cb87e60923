using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>The invocations and returns of the operations of known outcome that are not ordered yet, in their order: a linked list
/// from which an operation is taken and to which the last one taken can be put back.</summary>
internal sealed class EventList
{
    private readonly int[] _after;
    private readonly int[] _before;
    private readonly int[] _operations;
    private readonly long[] _places;
    private readonly int[] _calls;
    private readonly int[] _returns;

    public EventList(ImmutableArray<Operation> operations)
    {
        var events = Enumerable.Range(0, operations.Length).Where(i => !operations[i].IsUnknown)
            .SelectMany(i => new[] { (Place: operations[i].Invoked, Operation: i, IsCall: true), (Place: operations[i].Returned, Operation: i, IsCall: false) })
            .OrderBy(e => e.Place)
            .ToArray();
        var nodes = events.Length + 2;
        (_after, _before) = ([.. Enumerable.Range(1, nodes)], [.. Enumerable.Range(-1, nodes)]);
        (_operations, _places) = (new int[nodes], new long[nodes]);
        (_calls, _returns) = (new int[operations.Length], new int[operations.Length]);
        _places[^1] = long.MaxValue;
        for (var i = 0; i < events.Length; i++)
        {
            var node = i + 1;
            (_operations[node], _places[node]) = (events[i].Operation, events[i].Place);
            (events[i].IsCall ? _calls : _returns)[events[i].Operation] = node;
        }
    }

    public int First => _after[0];

    public int After(int node) => _after[node];

    public long PlaceOf(int node) => _places[node];

    public int OperationOf(int node) => _operations[node];

    /// <summary>False for returns and for the end.</summary>
    public bool IsCall(int node) => !IsEnd(node) && _calls[_operations[node]] == node;

    public bool IsEnd(int node) => node == _places.Length - 1;

    public void Remove(int operation)
    {
        Unlink(_calls[operation]);
        Unlink(_returns[operation]);
    }

    public void Restore(int operation)
    {
        Link(_returns[operation]);
        Link(_calls[operation]);
    }

    private void Unlink(int node)
    {
        _after[_before[node]] = _after[node];
        _before[_after[node]] = _before[node];
    }

    private void Link(int node)
    {
        _after[_before[node]] = node;
        _before[_after[node]] = node;
    }
}
