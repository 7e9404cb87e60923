namespace Grains.Tests.Linearizability;

public sealed class LinearizabilityTests
{
    [Fact]
    public void Histories_that_are_linearizable_by_construction_are_accepted()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var history = new HistoryGenerator(seed)
            {
                Clients = 1 + (seed % 24),
                Keys = 1 + (seed % 3),
                TtlPercent = seed % 5 * 25,
                CutsPerThousand = seed % 4 * 5,
            }.Make();

            var fault = LinearizabilityChecker.Check(history);

            Assert.True(fault is null, $"seed {seed}\n{fault}");
        }
    }

    [Fact]
    public void Histories_without_revisions_that_are_linearizable_by_construction_are_accepted()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var history = new HistoryGenerator(seed)
            {
                Clients = 1 + (seed % 6),
                Operations = 60,
                TtlPercent = seed % 5 * 25,
                CutsPerThousand = seed % 3 * 10,
                TellRevisions = false,
            }.Make();

            var fault = LinearizabilityChecker.Check(history);

            Assert.True(fault is null, $"seed {seed}\n{fault}");
        }
    }

    [Fact]
    public void Twenty_keys_with_thousands_of_operations_of_many_clients_are_decided()
    {
        var history = new HistoryGenerator(7) { Clients = 64, Keys = 20, Operations = 60_000, CutsPerThousand = 5 }.Make();

        Assert.True(history.Count(o => o.IsUnknown) > 500);
        Assert.Null(LinearizabilityChecker.Check(history));
    }

    [Fact]
    public void A_long_history_with_one_fault_at_its_end_is_decided()
    {
        var history = new HistoryGenerator(11) { Clients = 16, Operations = 2_000, CutsPerThousand = 1 }.Make();
        var last = new Operation(99, "k0", new KeyCall(CallKind.Get), 1_000_000, history.Max(o => o.InvokedAtUs)) { Returned = 1_000_001, Reply = new(ReplyKind.Hit) { Value = "\"nobody's\"" } };

        var fault = LinearizabilityChecker.Check(history.Add(last));

        Assert.NotNull(fault);
        Assert.Equal("k0", fault.Key);
        Assert.Contains("nobody's", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_may_be_seen_either_way_while_its_expiry_is_not_certain()
    {
        var put = new Operation(1, "k", new KeyCall(CallKind.Put) { Operand = "\"a\"", TtlUs = 100 }, 1, 1_000) { Returned = 2, ReturnedAtUs = 1_050, Reply = new(ReplyKind.Hit) };
        var get = new Operation(2, "k", new KeyCall(CallKind.Get), 3, 0);
        var hit = new KeyReply(ReplyKind.Hit) { Value = "\"a\"" };
        var miss = new KeyReply(ReplyKind.Miss);

        Assert.Equal([true, false], Verdicts(1_060, 1_099));
        Assert.Equal([true, true], Verdicts(1_060, 1_101));
        Assert.Equal([true, true], Verdicts(1_149, 1_160));
        Assert.Equal([false, true], Verdicts(1_151, 1_160));

        bool[] Verdicts(long fromUs, long toUs) => [.. new[] { hit, miss }.Select(reply =>
            LinearizabilityChecker.Check([put, get with { InvokedAtUs = fromUs, ReturnedAtUs = toUs, Returned = 4, Reply = reply }]) is null)];
    }

    [Fact]
    public void Two_readings_of_one_expiry_must_agree()
    {
        var put = new Operation(1, "k", new KeyCall(CallKind.Put) { Operand = "\"a\"", TtlUs = 100 }, 1, 1_000) { Returned = 2, ReturnedAtUs = 1_050, Reply = new(ReplyKind.Hit) };
        var late = new Operation(2, "k", new KeyCall(CallKind.Get), 3, 1_140) { Returned = 4, ReturnedAtUs = 1_141, Reply = new(ReplyKind.Hit) { Value = "\"a\"" } };
        var miss = new Operation(3, "k", new KeyCall(CallKind.Get), 5, 1_141) { Returned = 6, ReturnedAtUs = 1_142, Reply = new(ReplyKind.Miss) };

        Assert.Null(LinearizabilityChecker.Check([put, late, miss]));
        Assert.NotNull(LinearizabilityChecker.Check([put, miss with { Invoked = 3, Returned = 4 }, late with { Invoked = 5, Returned = 6, InvokedAtUs = 1_142, ReturnedAtUs = 1_143 }]));
        Assert.NotNull(LinearizabilityChecker.Check([put, late, miss with { InvokedAtUs = 1_100, ReturnedAtUs = 1_101 }]));
    }

    [Fact]
    public void The_recorder_keeps_what_was_never_answered_as_unknown_and_forgets_what_never_happened()
    {
        var time = new ManualTime();
        var recorder = new HistoryRecorder(time);
        var answered = recorder.Begin(1, "k", new KeyCall(CallKind.Get));
        recorder.Begin(2, "k", new KeyCall(CallKind.Delete));
        recorder.Begin(3, "k", new KeyCall(CallKind.Delete)).NeverHappened();
        time.Advance(TimeSpan.FromMilliseconds(3));
        answered.Returned(new KeyReply(ReplyKind.Miss));

        var history = recorder.History;

        Assert.Equal([1, 2], history.Select(o => o.Client));
        Assert.Equal(3_000, history[0].ReturnedAtUs - history[0].InvokedAtUs);
        Assert.True(history[1].IsUnknown);
        Assert.Equal(
            $"[1, 4] k client 1: Get => Miss (clock {history[0].InvokedAtUs} .. {history[0].ReturnedAtUs})\n[2, …] k client 2: Delete => unknown (clock {history[1].InvokedAtUs} .. …)",
            HistoryText.Of(history));
    }
}
