using Grains.Cache;

namespace Grains.Tests.Cache;

public sealed class KeyStateReplayTests
{
    private static readonly CacheOptions Options = new();

    [Fact]
    public void Replaying_the_changes_of_a_history_gives_the_same_state()
    {
        for (var seed = 0; seed < 300; seed++)
            Replay(new Random(seed));
    }

    [Fact]
    public void A_snapshot_restores_the_state()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var state = new KeyState();
            var revisions = new RevisionAllocator(new ManualTime());
            for (var step = 0; step < 15; step++)
                KeyTurn.Run(state, RandomCommand(random, out var command), command, new OperationContext(step, Options), revisions);
            if (state.Snapshot() is not { } snapshot)
                continue;
            var restored = new KeyState();
            restored.Apply(new CacheChange.Restore(snapshot), state.Revision, state.CreatedAtUs);
            AssertSame(state, restored);
        }
    }

    private static void Replay(Random random)
    {
        var state = new KeyState();
        var replayed = new KeyState();
        var revisions = new RevisionAllocator(new ManualTime());
        for (var step = 0; step < 200; step++)
        {
            var now = step * 1_000L;
            var turn = KeyTurn.Run(state, RandomCommand(random, out var command), command, new OperationContext(now, Options), revisions);
            if (turn.ExpiredRevision != 0)
                replayed.Apply(new CacheChange.Remove(RemovalCause.Expire), 0, now);
            if (turn.Change is { } change)
                replayed.Apply(change, turn.Reply.Revision, now);
            AssertSame(state, replayed);
        }
    }

    private static void AssertSame(KeyState expected, KeyState actual)
    {
        Assert.Equal(
            (expected.Exists, expected.Revision, expected.CreatedAtUs, expected.Expiry, expected.ContentBytes, expected.MemoryBytes),
            (actual.Exists, actual.Revision, actual.CreatedAtUs, actual.Expiry, actual.ContentBytes, actual.MemoryBytes));
        Assert.True(expected.TryRender(int.MaxValue, out var left) & actual.TryRender(int.MaxValue, out var right));
        if (expected.Structure is SetStructure)
            Assert.Equal(left.As<List<object>>()!.Select(o => $"{o}").Order(), right.As<List<object>>()!.Select(o => $"{o}").Order());
        else
            Assert.Equal(left, right);
    }

    private static CacheOperation RandomCommand(Random random, out CacheCommand command)
    {
        var rows = CacheOperations.All;
        while (true)
        {
            // Mostly one kind of structure at a time, or little would ever succeed.
            var row = rows[random.Next(rows.Length)];
            if (random.Next(4) > 0 && !row.Name.StartsWith(new[] { "set.", "list.", "map.", "sorted" }[random.Next(4)], StringComparison.Ordinal))
                continue;
            Value Some() => Value.Json(new[] { "1", "2.0", "\"a\"", "[1,2]", """{"a":1}""", "[[1,\"x\"]]", "null", "0.5" }[random.Next(8)]);
            command = new CacheCommand(row.Name)
            {
                Value = Some(),
                Expected = Some(),
                Ttl = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(20)) : null,
                KeepTtl = random.Next(3) == 0,
                Structure = new StructureArguments
                {
                    Values = [Some(), Some()],
                    Fields = random.Next(2) == 0 ? ["a"] : [],
                    FieldUpdates = [new FieldUpdate("a", Value.Json("1"), random.Next(2) == 0), new FieldUpdate("b", Some())],
                    ScoredValues = [new ScoredValue(Some(), random.Next(5))],
                    Index = random.Next(-2, 3),
                },
            };
            if (CommandCheck.Check(row, command, Options) is null)
                return row;
        }
    }
}
