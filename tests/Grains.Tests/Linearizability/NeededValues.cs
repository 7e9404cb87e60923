using System.Collections.Immutable;
using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>
/// The values that the known operations still to come must find, and what is left that can write them. A value that is needed is lost
/// when the key has another and nothing is left that writes it: no operation that is not taken, and no increments of unknown outcome
/// that lead there from what the key has, from nothing, or from what can still be written. <see cref="ToldValues"/> lets no string
/// that is needed stand for another.
/// </summary>
internal sealed class NeededValues
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<string> _texts = [];
    private readonly int[] _needs;
    private readonly int[][] _makes;
    private readonly long[] _adds;
    private readonly int[] _needed;
    private readonly int[] _makers;
    private readonly long?[] _numbers;
    private readonly int[][] _feeders;

    /// <summary>The most and the least that the increments of untold result can add that are not taken.</summary>
    private Int128 _most;
    private Int128 _least;

    public NeededValues(ImmutableArray<Operation> operations)
    {
        _needs = [.. operations.Select(o => Need(o) is { } value ? Id(value) : -1)];
        var needed = _texts.Count;
        _makes = [.. operations.Select(Makes)];
        _adds = [.. operations.Select(o => o.Call.Kind == CallKind.Increment && IsUntold(o) ? o.Call.By : 0)];
        (_needed, _makers) = (new int[_texts.Count], new int[_texts.Count]);
        _numbers = [.. _texts.Select(Number)];
        for (var i = 0; i < operations.Length; i++)
            PutBack(i);
        _feeders = [.. Enumerable.Range(0, needed).Select(Feeders)];
    }

    public void Take(int operation) => Count(operation, -1);

    public void PutBack(int operation) => Count(operation, 1);

    /// <summary>True when the value that the key had is needed and lost: it is asked when the key has another.</summary>
    public bool IsLost(string? had, string? has)
    {
        if (had is null || had == has || !_ids.TryGetValue(had, out var id) || _needed[id] == 0 || _makers[id] > 0)
            return false;
        if (_numbers[id] is not { } number)
            return true;
        var canLead = Leads(0, number) || (Number(has) is { } from && Leads(from, number))
            || _feeders[id].Any(f => _makers[f] > 0 && Leads(_numbers[f]!.Value, number));
        return !canLead;
    }

    /// <summary>The value that the operation must find; null when there is none or not just one.</summary>
    private static string? Need(Operation operation)
    {
        var (call, reply) = (operation.Call, operation.Reply);
        return (call.Kind, reply?.Kind) switch
        {
            (CallKind.Get, ReplyKind.Hit) => reply!.Value,
            (CallKind.TestAndSet, ReplyKind.Hit) => call.Expected,
            (CallKind.TestAndSet, ReplyKind.Conflict) => reply!.Value,
            (CallKind.Increment, ReplyKind.Hit) => Number(reply!.Value) is { } result && result != call.By ? Text(result - call.By) : null,
            (CallKind.Append, ReplyKind.Hit) => reply!.Value is { } text && text != call.Operand && text.EndsWith(call.Operand![1..], StringComparison.Ordinal)
                ? text[..^(call.Operand.Length - 1)] + '"'
                : null,
            _ => null,
        };
    }

    /// <summary>Those it can write, whatever it finds.</summary>
    private int[] Makes(Operation operation)
    {
        var (call, reply) = (operation.Call, operation.Reply);
        if (call.Kind is CallKind.Get or CallKind.Delete || reply is { Kind: not ReplyKind.Hit })
            return [];
        if (call.Kind == CallKind.Append && IsUntold(operation))
            return [.. Enumerable.Range(0, _texts.Count).Where(i => _texts[i].EndsWith(call.Operand![1..], StringComparison.Ordinal))];
        var value = call.Kind is CallKind.Append or CallKind.Increment ? reply?.Value : call.Operand;
        return value is null ? [] : [Id(value)];
    }

    /// <summary>The values from which increments of untold result can lead to this one.</summary>
    private int[] Feeders(int id) => _numbers[id] is { } number
        ? [.. Enumerable.Range(0, _texts.Count).Where(f => f != id && _makers[f] > 0 && _numbers[f] is { } from && Leads(from, number))]
        : [];

    private bool Leads(long from, long to) => (Int128)to - from >= _least && (Int128)to - from <= _most;

    private void Count(int operation, int by)
    {
        if (_needs[operation] is >= 0 and var need)
            _needed[need] += by;
        foreach (var id in _makes[operation])
            _makers[id] += by;
        if (_adds[operation] > 0)
            _most += _adds[operation] * by;
        else
            _least += _adds[operation] * by;
    }

    private int Id(string value)
    {
        var text = Number(value) is { } number ? Text(number) : value;
        if (!_ids.TryGetValue(text, out var id))
        {
            _ids[text] = id = _texts.Count;
            _texts.Add(text);
        }

        return id;
    }

    private static bool IsUntold(Operation operation) => operation.IsUnknown || operation.Reply is { Kind: ReplyKind.Hit, Value: null };

    private static long? Number(string? value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
