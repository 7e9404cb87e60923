using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Grains.Tests.ByteCarrying;
using Grains.Tests.Faults;
using Grains.Tests.Hosting;

namespace Grains.Tests.Linearizability;

/// <summary>What a real server does with mixed operations of many connections over real sockets, some of them cut, is linearizable.</summary>
public sealed class RecordedHistoryTests
{
    private const int Clients = 32;
    private const int Keys = 20;
    private const int CutPercent = 3;
    private const int OperationsOfEachClient = 1_000;

    private readonly ConcurrentDictionary<string, (string Value, long Revision)> _lastSeen = new();
    private int _lastOperand;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recorded_history_is_linearizable(bool throughBytes)
    {
        await using var server = await TestServer.StartAsync(configure: throughBytes ? b => b.UseByteCarryingEngine() : null);
        var clients = await FaultyClient.ConnectAsync(server, Clients);

        // A long run is many histories on keys of their own: what a check costs grows faster than the history.
        for (var run = 0; run < Scale.Of(1, 8); run++)
        {
            var recorder = new HistoryRecorder(TimeProvider.System);
            await Task.WhenAll(clients.Select((client, number) => Task.Run(() => RunAsync(client, recorder, run, number))));
            AssertLinearizable(recorder.History);
        }

        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static void AssertLinearizable(ImmutableArray<Operation> history)
    {
        Assert.True(history.Count(o => o.IsUnknown) > Clients, "Too few operations were cut.");
        Assert.Contains(history, o => o.Call.Kind == CallKind.Get && o.Reply?.Kind == ReplyKind.Hit);
        Assert.Contains(history, o => o.Call.Kind == CallKind.CompareAndSwap && o.Reply?.Kind == ReplyKind.Hit);
        Assert.Contains(history, o => o.Call.Kind == CallKind.TestAndSet && o.Reply?.Kind == ReplyKind.Hit && o.Call.Expected is not null);
        var fault = LinearizabilityChecker.Check(history);
        Assert.True(fault is null, fault?.ToString());
    }

    private async Task RunAsync(FaultyClient client, HistoryRecorder recorder, int run, int number)
    {
        var random = new Random((run * Clients) + number);
        for (var i = 0; i < OperationsOfEachClient; i++)
        {
            var cut = random.Next(100) < CutPercent;
            if (cut && random.Next(2) == 0)
                client.Link.CutAfterMoreToServer(random.Next(250));
            else if (cut)
                client.Link.CutAfterMoreToClient(random.Next(400));
            await RunOneAsync(client, recorder, run, number, random);
            if (cut)
                await client.ConnectAsync();
        }
    }

    private async Task RunOneAsync(FaultyClient client, HistoryRecorder recorder, int run, int number, Random random)
    {
        var key = random.Next(Keys);
        var name = $"{run}-k{key}";
        var call = Call(name, isInteger: key % 2 == 1, random);
        var recorded = recorder.Begin(number, name, call);
        if (await client.TryRequestAsync(WireKeyClient.Request(name, call)) is not { } answer)
            return;
        var reply = WireKeyClient.Reply(call, answer);
        recorded.Returned(reply);
        if (reply is { Value: { } value, Revision: { } revision })
            _lastSeen[name] = (value, revision);
    }

    private KeyCall Call(string key, bool isInteger, Random random)
    {
        CallKind[] kinds = [CallKind.Get, CallKind.Get, CallKind.Put, CallKind.Delete, CallKind.TestAndSet, CallKind.TestAndSet, CallKind.CompareAndSwap, isInteger ? CallKind.Increment : CallKind.Append];
        var kind = kinds[random.Next(kinds.Length)];
        var operand = Interlocked.Increment(ref _lastOperand).ToString(CultureInfo.InvariantCulture);
        var seen = _lastSeen.GetValueOrDefault(key);
        return new KeyCall(kind)
        {
            Operand = isInteger ? operand : $"\"x{operand}\"",
            Expected = random.Next(4) == 0 ? null : seen.Value,
            ExpectedRevision = random.Next(4) == 0 ? 0 : seen.Revision,
            TtlUs = random.Next(3) == 0 ? random.Next(500, 30_000) : null,
            KeepTtl = random.Next(8) == 0,
        };
    }
}
