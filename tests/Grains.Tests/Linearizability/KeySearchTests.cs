using System.Collections.Immutable;

namespace Grains.Tests.Linearizability;

/// <summary>The search's short cuts change what it costs, and never what it decides.</summary>
public sealed class KeySearchTests
{
    [Fact]
    public void With_and_without_the_short_cuts_it_decides_the_same()
    {
        var linearizable = 0;
        var faulty = 0;
        for (var seed = 0; seed < 4_000; seed++)
        {
            var random = new Random(seed);
            var history = new HistoryGenerator(seed)
            {
                Clients = 2 + (seed % 5),
                FirstKey = seed / 5 % 2,
                Operations = 8 + (seed % 9),
                TtlPercent = seed % 3 * 25,
                CutsPerThousand = seed % 4 * 40,
                TellRevisions = seed / 2 % 3 > 0,
            }.Make();
            if (seed % 4 > 0)
                history = WithOtherReply(history, random);

            var plain = new KeySearch(history, takesShortCuts: false).Run(1_000_000);
            var quick = new KeySearch(history).Run(1_000_000);

            Assert.NotNull(plain);
            Assert.True(plain == quick, $"seed {seed}: {plain} without, {quick} with the short cuts:\n{HistoryText.Of(history)}");
            (linearizable, faulty) = plain == true ? (linearizable + 1, faulty) : (linearizable, faulty + 1);
        }

        Assert.True(linearizable > 1_000 && faulty > 1_000, $"{linearizable} linearizable, {faulty} faulty");
    }

    /// <summary>
    /// A delete that found something, among writes at the same time: put after the last of them, it takes away the value that a
    /// test-and-set later found. Where that value is gone for ever, no choice among the unknown operations needs to be tried.
    /// </summary>
    [Fact]
    public void A_delete_in_the_wrong_place_does_not_make_it_try_every_choice_of_unknown_operations()
    {
        var place = 0L;
        var history = new List<Operation> { Return(Begin(new KeyCall(CallKind.Put) { Operand = "60000" }), null, 500) };
        for (var i = 1; i <= 30; i++)
            history.Add(Begin(new KeyCall(i % 3 == 0 ? CallKind.Put : CallKind.Increment) { Operand = $"{i}000", TtlUs = i * 1_000 }));
        var put = Begin(new KeyCall(CallKind.Put) { Operand = "70000" });
        var delete = Begin(new KeyCall(CallKind.Delete));
        var increment = Begin(new KeyCall(CallKind.Increment));
        history.Add(Return(increment, "70001", 502));
        var swap = Begin(new KeyCall(CallKind.CompareAndSwap) { ExpectedRevision = 502, Operand = "80000" });
        history.AddRange(Return(put, null, 501), Return(delete, null, null), Return(swap, "80000", 503));
        history.Add(Return(Begin(new KeyCall(CallKind.TestAndSet) { Expected = "80000", Operand = "90000" }), "90000", null));

        ImmutableArray<Operation> ordered = [.. history.OrderBy(o => o.Invoked)];
        Assert.Null(new KeySearch(ordered, takesShortCuts: false).Run(100_000));
        Assert.Equal(true, new KeySearch(ordered).Run(1_000));

        Operation Begin(KeyCall call) => new(99, "k", call, ++place, place);

        Operation Return(Operation operation, string? value, long? revision) =>
            operation with { Returned = ++place, ReturnedAtUs = place, Reply = new KeyReply(ReplyKind.Hit) { Value = value, Revision = revision } };
    }

    [Theory]
    [InlineData(CallKind.Put, "100", "100", "7")]
    [InlineData(CallKind.TestAndSet, "100", "100", "7")]
    [InlineData(CallKind.CompareAndSwap, "100", "100", null)]
    [InlineData(CallKind.Increment, null, "100", "99")]
    [InlineData(CallKind.Increment, null, "1", null)]
    [InlineData(CallKind.Append, "\"b\"", "\"ab\"", "\"a\"")]
    [InlineData(CallKind.Append, "\"b\"", "\"b\"", null)]
    public void A_value_is_not_lost_that_an_unknown_operation_can_write_again(CallKind kind, string? operand, string value, string? other)
    {
        var unknown = new Operation(1, "k", new KeyCall(kind) { Operand = operand, Expected = other }, 1, 0);
        var first = Known(2, CallKind.Put, value, value);
        var second = other is null ? Known(4, CallKind.Delete, null, null) : Known(4, CallKind.Put, other, null);
        var last = Known(6, CallKind.Get, null, value);

        Assert.Equal(true, new KeySearch([unknown, first, second, last]).Run(100));
        Assert.Equal(false, new KeySearch([first, second, last]).Run(100));
    }

    [Fact]
    public void What_can_be_made_of_nothing_does_not_need_what_was_lost()
    {
        Assert.Equal(true, new KeySearch([Known(1, CallKind.Put, "0", null), Known(3, CallKind.Delete, null, null), Known(5, CallKind.Increment, null, "1")]).Run(100));
        Assert.Equal(true, new KeySearch([Known(1, CallKind.Put, "\"\"", null), Known(3, CallKind.Delete, null, null), Known(5, CallKind.Append, "\"a\"", "\"a\"")]).Run(100));
    }

    private static Operation Known(long place, CallKind kind, string? operand, string? told) =>
        new(2, "k", new KeyCall(kind) { Operand = operand }, place, 0) { Returned = place + 1, Reply = new(ReplyKind.Hit) { Value = told } };

    /// <summary>An operation that was told what another of its kind was: sometimes there is still an order that explains it.</summary>
    private static ImmutableArray<Operation> WithOtherReply(ImmutableArray<Operation> history, Random random)
    {
        var known = history.Where(o => !o.IsUnknown).ToArray();
        if (known.Length == 0)
            return history;
        var one = known[random.Next(known.Length)];
        var others = known.Where(o => o.Call.Kind == one.Call.Kind && o.Reply != one.Reply).ToArray();
        if (others.Length == 0)
            return history;
        var reply = others[random.Next(others.Length)].Reply!;
        return history.Replace(one, one with { Reply = random.Next(2) == 0 ? reply : reply with { Revision = null } });
    }
}
