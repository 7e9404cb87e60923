namespace Grains.Functions;

/// <summary>
/// The arguments of a running graph's commands: puts results in the places of references, and counts what the arguments of running
/// calls hold. Called by the one loop of <see cref="GraphRun"/>: <see cref="Find"/>, then <see cref="Take"/> once it
/// <see cref="Fits"/>, then <see cref="Release"/>.
/// </summary>
internal sealed class GraphArguments
{
    /// <summary>Bytes of results that may be read and copied on the caller's thread, which often serves a whole connection.</summary>
    private const int CallersThreadBytesMax = 64 * 1024;

    private readonly GraphPlan _plan;
    private readonly FunctionOptions _options;
    private readonly FoundReferences _found;
    private readonly Value[] _json;
    private readonly Prepared[] _prepared;
    private long _held;
    private long _work;

    public GraphArguments(GraphPlan plan, FunctionOptions options, Func<GraphReply?> stopped)
    {
        (_plan, _options) = (plan, options);
        _found = new FoundReferences(plan.ExplicitReferences, options.Graphs.ReferenceScanBytesMax, stopped);
        _json = new Value[plan.Commands.Length];
        _prepared = new Prepared[plan.Commands.Length];
    }

    /// <summary>Keeps a result that others refer to.</summary>
    public void Keep(int command, Value result) => _json[command] = GraphReferences.ToJson(result);

    /// <summary>True when finding and copying what this command refers to, with all before it, is too much for the caller's thread.
    /// At most each reference reads and copies a whole result.</summary>
    public bool IsHeavy(int command)
    {
        var planned = _plan.Commands[command];
        AddWork(planned.InArguments);
        AddWork(planned.InKeywords);
        return _work > CallersThreadBytesMax;
    }

    /// <summary>Finds what a command's references refer to; takes no memory for it yet.</summary>
    /// <returns>What is wrong, or null.</returns>
    public GraphReply? Find(int command)
    {
        var planned = _plan.Commands[command];
        ref var prepared = ref _prepared[command];
        return FindIn(planned.Command.Call.Arguments, planned.InArguments, out prepared.Arguments)
            ?? FindIn(planned.Command.Call.Keywords, planned.InKeywords, out prepared.Keywords);
    }

    /// <summary>True when results are put into the command's arguments, so that they take memory of their own.</summary>
    public bool NeedsRoom(int command) => _prepared[command].Length > 0;

    /// <summary>Whether the arguments may be made now. Those that are larger than the limit by themselves may when no others are held.</summary>
    public bool Fits(int command) => _held == 0 || _held + _prepared[command].Length <= _options.Graphs.ResolvedBytesMax;

    /// <summary>Makes the call with its references replaced; its arguments count until <see cref="Release"/>.</summary>
    public FunctionCall Take(int command)
    {
        var call = _plan.Commands[command].Command.Call;
        ref var prepared = ref _prepared[command];
        if (prepared.Length == 0)
            return call;
        _held += prepared.Held = prepared.Length;
        call = call with
        {
            Arguments = prepared.Arguments?.Make() ?? call.Arguments,
            Keywords = prepared.Keywords?.Make() ?? call.Keywords,
        };
        (prepared.Arguments, prepared.Keywords) = (null, null);
        return call;
    }

    /// <summary>The call has ended.</summary>
    public void Release(int command)
    {
        _held -= _prepared[command].Held;
        _prepared[command].Held = 0;
    }

    private void AddWork(List<GraphReference>? references)
    {
        for (var i = 0; i < references?.Count && _work <= CallersThreadBytesMax; i++)
            _work += _json[references[i].Command].Bytes.Length;
    }

    private GraphReply? FindIn(Value document, List<GraphReference>? references, out ResolvedDocument? resolved)
    {
        resolved = null;
        return references is null
            ? null
            : GraphReferences.Resolve(document, references, _json, _found, _plan.ExplicitReferences, _options.ResultBytesMax, out resolved);
    }

    private struct Prepared
    {
        public ResolvedDocument? Arguments;
        public ResolvedDocument? Keywords;
        public long Held;

        public readonly long Length => (long)(Arguments?.Length ?? 0) + (Keywords?.Length ?? 0);
    }
}
