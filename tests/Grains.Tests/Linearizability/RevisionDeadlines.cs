using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>
/// How far a key's revision may have come for the known operations that are still to come. A revision never goes back, and an entry
/// that is gone never comes back with its revision: so what read an entry of some revision or swapped at it must come while that entry
/// is there, and what wrote a revision must come before it.
/// </summary>
internal sealed class RevisionDeadlines
{
    private const long None = long.MaxValue;

    private readonly long[] _deadlines;
    private readonly int[] _ranks;
    private readonly bool[] _taken;
    private int _takenRanks;

    public RevisionDeadlines(ImmutableArray<Operation> operations)
    {
        var order = Enumerable.Range(0, operations.Length).Where(i => Deadline(operations[i]) != None).OrderBy(i => Deadline(operations[i])).ToArray();
        _deadlines = [.. order.Select(i => Deadline(operations[i]))];
        _taken = new bool[order.Length];
        _ranks = new int[operations.Length];
        Array.Fill(_ranks, -1);
        for (var rank = 0; rank < order.Length; rank++)
            _ranks[order[rank]] = rank;
    }

    public void Take(int operation)
    {
        if (_ranks[operation] >= 0)
            _taken[_ranks[operation]] = true;
    }

    public void PutBack(int operation)
    {
        var rank = _ranks[operation];
        if (rank < 0)
            return;
        _taken[rank] = false;
        _takenRanks = Math.Min(_takenRanks, rank);
    }

    /// <summary>True when an operation that is not taken can never follow.</summary>
    public bool ArePast(in KeyState state)
    {
        while (_takenRanks < _taken.Length && _taken[_takenRanks])
            _takenRanks++;
        return _takenRanks < _taken.Length && Position(state.Revision, state.IsPresent) > _deadlines[_takenRanks];
    }

    /// <summary>Never goes back either: an entry of a revision, then no entry, then an entry of a later revision.</summary>
    private static long Position(long revision, bool isPresent) => (revision * 2) + (isPresent ? 0 : 1);

    /// <summary>The last position at which the operation can take effect.</summary>
    private static long Deadline(Operation operation)
    {
        if (operation.Reply?.Kind != ReplyKind.Hit || operation.Call.Kind == CallKind.Delete)
            return None;
        var told = operation.Reply.Revision ?? 0;
        if (operation.Call.Kind == CallKind.Get)
            return told > 0 ? Position(told, isPresent: true) : None;
        var written = told > 0 ? Position(told - 1, isPresent: false) : None;
        return operation.Call is { Kind: CallKind.CompareAndSwap, ExpectedRevision: > 0 and var expected }
            ? Math.Min(written, Position(expected, isPresent: true))
            : written;
    }
}
