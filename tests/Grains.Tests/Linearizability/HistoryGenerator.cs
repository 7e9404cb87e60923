using System.Collections.Immutable;
using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>
/// Makes histories that are linearizable by construction: simulated clients whose operations take effect, one at a time, at a random
/// moment between invocation and return; some are cut, and then take effect at some later moment or never.
/// Every string that is put or set is used once. Keys with an odd number hold integers, the others strings.
/// </summary>
internal sealed class HistoryGenerator(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<Running> _cut = [];
    private readonly List<Operation> _done = [];
    private SimulatedKeys _keys = null!;
    private long _place;
    private long _nowUs = 1_000_000;
    private int _operands;

    public int Clients { get; init; } = 8;

    public int Keys { get; init; } = 1;

    public int FirstKey { get; init; }

    public int Operations { get; init; } = 200;

    /// <summary>The operations to draw from.</summary>
    public ImmutableArray<CallKind> Kinds { get; init; } = [.. Enum.GetValues<CallKind>()];

    /// <summary>Of 1,000 steps of a running operation, how many cut it.</summary>
    public int CutsPerThousand { get; init; } = 10;

    /// <summary>Of 100 writes, how many have a time to live.</summary>
    public int TtlPercent { get; init; } = 20;

    public bool TellRevisions { get; init; } = true;

    public ImmutableArray<Operation> Make()
    {
        _keys = new SimulatedKeys(_random);
        var running = new Running?[Clients];
        for (var begun = 0; begun < Operations || running.Any(r => r is not null);)
        {
            _nowUs += _random.Next(0, 50);
            var client = _random.Next(Clients);
            if (running[client] is { } operation)
            {
                running[client] = Advance(operation);
            }
            else if (begun < Operations)
            {
                begun++;
                running[client] = Begin(client);
            }

            LetCutOnesHappen();
        }

        _done.AddRange(_cut.Select(c => c.Operation));
        return [.. _done.OrderBy(o => o.Invoked)];
    }

    private Running Begin(int client)
    {
        var number = FirstKey + _random.Next(Keys);
        return new Running(new Operation(client, $"k{number}", Call($"k{number}", isInteger: number % 2 == 1), ++_place, _nowUs), null);
    }

    /// <summary>Null when the client is free again.</summary>
    private Running? Advance(Running running)
    {
        if (_random.Next(1_000) < CutsPerThousand)
        {
            _cut.Add(running);
            return null;
        }

        if (running.Reply is null)
            return _random.Next(2) == 0 ? running : Happen(running);
        if (_random.Next(2) == 0)
            return running;
        var told = TellRevisions ? running.Reply : running.Reply with { Revision = null };
        _done.Add(running.Operation with { Reply = told, Returned = ++_place, ReturnedAtUs = _nowUs });
        return null;
    }

    private void LetCutOnesHappen()
    {
        for (var i = 0; i < _cut.Count; i++)
        {
            if (_cut[i].Reply is null && _random.Next(200) == 0)
                _cut[i] = Happen(_cut[i]);
        }
    }

    private Running Happen(Running running) =>
        running with { Reply = _keys.Run(running.Operation.Key, running.Operation.Call, _nowUs) };

    private KeyCall Call(string key, bool isInteger)
    {
        var kind = Kinds[_random.Next(Kinds.Length)];
        if (kind == (isInteger ? CallKind.Append : CallKind.Increment))
            kind = CallKind.Get;
        var (value, revision) = _keys.Read(key, _nowUs);
        var number = (++_operands).ToString(CultureInfo.InvariantCulture);
        return new KeyCall(kind)
        {
            Operand = kind == CallKind.Append ? $"\"<{number}>\"" : isInteger ? number : $"\"{number}\"",
            Expected = _random.Next(4) == 0 ? null : value,
            ExpectedRevision = _random.Next(4) == 0 ? 0 : revision,
            TtlUs = _random.Next(100) < TtlPercent ? _random.Next(50, 2_000) : null,
            KeepTtl = _random.Next(8) == 0,
        };
    }

    /// <param name="Operation">The operation, without its reply.</param>
    /// <param name="Reply">What it will tell; null until it has taken effect.</param>
    private sealed record Running(Operation Operation, KeyReply? Reply);
}
