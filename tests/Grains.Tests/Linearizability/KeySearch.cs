using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>
/// The search of Wing and Gong for one key, with Lowe's memory of what was tried: depth first, at each point any operation may come
/// next that was invoked before the first return among those not yet ordered. Operations of unknown outcome come after the known ones
/// in turn, may be left out, and may come at any later point. A point is not tried again when another with the same known operations and
/// no more of the unknown ones allowed as much and failed: without this every unknown write would double the work.
/// More short cuts, all exact: an operation that fits and leaves the state as it is comes at once, with nothing else tried in its
/// place; and a state is dead when a known operation that is still to come can never follow: because its revision is past
/// (<see cref="RevisionDeadlines"/>), because the clock is, or because the value it must find is lost (<see cref="NeededValues"/>).
/// </summary>
internal sealed class KeySearch
{
    private readonly ImmutableArray<Operation> _operations;
    private readonly EventList _events;
    private readonly ToldValues _told;
    private readonly int[] _unknown;
    private readonly ulong[] _unknownUsed;
    private readonly UInt128[] _marks;
    private readonly Dictionary<(UInt128 Known, (string?, long, long) Identity), List<Tried>> _tried = [];
    private readonly Stack<Frame> _path = new();
    private readonly RevisionDeadlines _deadlines;
    private readonly NeededValues _needed;
    private readonly bool _takesShortCuts;
    private UInt128 _known;
    private int _knownLeft;

    /// <param name="operations">One key's, in the order of their invocation.</param>
    /// <param name="takesShortCuts">False to have nothing but the memory of what was tried, as what the short cuts are judged by.</param>
    public KeySearch(ImmutableArray<Operation> operations, bool takesShortCuts = true)
    {
        _takesShortCuts = takesShortCuts;
        var expires = operations.Any(o => o.Call.TtlUs is not null);
        // Where nothing expires the clock says nothing, and the search has fewer states without it.
        _operations = expires ? operations : [.. operations.Select(o => o with { InvokedAtUs = 0, ReturnedAtUs = long.MaxValue })];
        _events = new EventList(operations);
        _told = new ToldValues(operations);
        // Newest first: of several cut operations the last is the likeliest to explain what is seen next.
        _unknown = [.. Enumerable.Range(0, operations.Length).Where(i => operations[i].IsUnknown && operations[i].Call.Kind != CallKind.Get).Reverse()];
        _unknownUsed = new ulong[(_unknown.Length + 63) / 64];
        _knownLeft = operations.Count(o => !o.IsUnknown);
        _deadlines = new RevisionDeadlines(operations);
        _needed = new NeededValues(operations);
        var random = new Random(operations.Length);
        _marks = [.. operations.Select(_ => new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()))];
    }

    /// <summary>The longest order found possible.</summary>
    public ImmutableArray<int> Longest { get; private set; } = [];

    /// <returns>Null when it was not decided in so many steps.</returns>
    public bool? Run(long stepsMax)
    {
        var frame = NewFrame(KeyState.Missing);
        for (long steps = 0; _knownLeft > 0; steps++)
        {
            if (steps == stepsMax)
                return null;
            if (NextState(ref frame) is { } state)
            {
                _path.Push(frame);
                Take(frame.Candidate);
                if (!(_takesShortCuts && IsDead(frame.State, state)) && IsNew(state))
                {
                    frame = NewFrame(state);
                    continue;
                }
            }
            else if (_path.Count == 0)
            {
                return false;
            }
            else if (_path.Count > Longest.Length)
            {
                Longest = [.. _path.Reverse().Select(f => f.Candidate.Operation)];
            }

            frame = _path.Pop();
            PutBack(frame.Candidate);
        }

        return true;
    }

    private Frame NewFrame(in KeyState state) => new(state, new Candidate(_events.First, UnknownIndex: -1, Operation: -1), []);

    /// <summary>The next state that can follow the frame's, with the candidate that leads there; null when none is left.</summary>
    private KeyState? NextState(ref Frame frame)
    {
        while (frame.Successors.Count == 0)
        {
            if (frame.IsLast || NextCandidate(frame.Candidate) is not { } candidate)
                return null;
            frame = frame with { Candidate = candidate };
            KeyModel.Step(frame.State, _operations[candidate.Operation], frame.Successors);
            if (!_takesShortCuts)
                continue;
            for (var i = 0; i < frame.Successors.Count; i++)
                frame.Successors[i] = _told.Canonical(frame.Successors[i]);
            if (candidate.IsUnknown)
                RemoveEffectless(frame);
            else if (IsFree(frame))
                frame = frame with { IsLast = true };
        }

        var state = frame.Successors[^1];
        frame.Successors.RemoveAt(frame.Successors.Count - 1);
        return state;
    }

    /// <summary>An unknown operation that changes nothing may as well be left out.</summary>
    private static void RemoveEffectless(in Frame frame)
    {
        for (var i = frame.Successors.Count - 1; i >= 0; i--)
        {
            if (frame.Successors[i].Identity == frame.State.Identity && frame.State.Allows(frame.Successors[i]))
                frame.Successors.RemoveAt(i);
        }
    }

    /// <summary>True when the candidate fits and changes nothing at all: it then comes now, because wherever else it fitted it would
    /// not be missed.</summary>
    private static bool IsFree(in Frame frame)
    {
        foreach (var successor in frame.Successors)
        {
            if (successor.Identity == frame.State.Identity && successor.Allows(frame.State))
            {
                var only = successor;
                frame.Successors.Clear();
                frame.Successors.Add(only);
                return true;
            }
        }

        return false;
    }

    private Candidate? NextCandidate(Candidate last)
    {
        var node = last.Node;
        if (!last.IsUnknown)
        {
            if (last.Operation >= 0)
                node = _events.After(node);
            if (_events.IsCall(node))
                return new Candidate(node, UnknownIndex: -1, _events.OperationOf(node));
        }

        // The node is the first return: what was invoked later cannot come before it.
        var firstReturn = _events.PlaceOf(node);
        var afterUnknown = _takesShortCuts && _path.TryPeek(out var previous) && previous.Candidate.IsUnknown;
        for (var i = last.UnknownIndex + 1; i < _unknown.Length; i++)
        {
            if ((_unknownUsed[i / 64] & (1UL << (i % 64))) == 0 && _operations[_unknown[i]].Invoked < firstReturn && !(afterUnknown && IsUnconditional(_unknown[i])))
                return new Candidate(node, i, _unknown[i]);
        }

        return null;
    }

    /// <summary>True for what hides whatever was just before it: an unknown operation there may as well be left out.</summary>
    private bool IsUnconditional(int operation) => _operations[operation].Call is { Kind: CallKind.Put, KeepTtl: false } or { Kind: CallKind.Delete };

    private void Take(Candidate candidate)
    {
        _needed.Take(candidate.Operation);
        if (candidate.IsUnknown)
        {
            _unknownUsed[candidate.UnknownIndex / 64] |= 1UL << (candidate.UnknownIndex % 64);
            return;
        }

        _events.Remove(candidate.Operation);
        _deadlines.Take(candidate.Operation);
        _known ^= _marks[candidate.Operation];
        _knownLeft--;
    }

    private void PutBack(Candidate candidate)
    {
        _needed.PutBack(candidate.Operation);
        if (candidate.IsUnknown)
        {
            _unknownUsed[candidate.UnknownIndex / 64] &= ~(1UL << (candidate.UnknownIndex % 64));
            return;
        }

        _events.Restore(candidate.Operation);
        _deadlines.PutBack(candidate.Operation);
        _known ^= _marks[candidate.Operation];
        _knownLeft++;
    }

    /// <summary>True when some known operation that is not taken can never follow.</summary>
    private bool IsDead(in KeyState before, in KeyState state) =>
        _deadlines.ArePast(state) || _needed.IsLost(before.Value, state.Value) || IsTooLate(state);

    /// <summary>True when the next operation to return had returned before the clock came so far.</summary>
    private bool IsTooLate(in KeyState state)
    {
        var node = _events.First;
        while (_events.IsCall(node))
            node = _events.After(node);
        return !_events.IsEnd(node) && state.NowUs > _operations[_events.OperationOf(node)].ReturnedAtUs;
    }

    /// <summary>Remembers a point; false when one that allows as much was tried before.</summary>
    private bool IsNew(in KeyState state)
    {
        var key = (_known, state.Identity);
        if (!_tried.TryGetValue(key, out var tried))
            _tried[key] = tried = [];
        foreach (var earlier in tried)
        {
            if (earlier.State.Allows(state) && IsSubset(earlier.UnknownUsed, _unknownUsed))
                return false;
        }

        tried.Add(new Tried(state, [.. _unknownUsed]));
        return true;
    }

    private static bool IsSubset(ulong[] few, ulong[] many)
    {
        for (var i = 0; i < few.Length; i++)
        {
            if ((few[i] & ~many[i]) != 0)
                return false;
        }

        return true;
    }

    /// <param name="Node">The event that was looked at last; the first return once unknown operations are in turn.</param>
    /// <param name="UnknownIndex">Which of the unknown operations, or -1.</param>
    /// <param name="Operation">Which operation; -1 before the first.</param>
    private readonly record struct Candidate(int Node, int UnknownIndex, int Operation)
    {
        public bool IsUnknown => UnknownIndex >= 0;
    }

    /// <param name="State">The state before the candidate.</param>
    /// <param name="Candidate">What is tried.</param>
    /// <param name="Successors">The states it leads to that are still to be tried.</param>
    /// <param name="IsLast">No other candidate needs to be tried.</param>
    private readonly record struct Frame(KeyState State, Candidate Candidate, List<KeyState> Successors, bool IsLast = false);

    private readonly record struct Tried(KeyState State, ulong[] UnknownUsed);
}
