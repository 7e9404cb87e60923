using System.Globalization;
using Grains.Cache;
using Grains.Json;

namespace Grains.Tests.Cache;

public sealed class StructureTests
{
    [Fact]
    public void A_sequence_agrees_with_a_list()
    {
        var random = new Random(3);
        var sequence = new SequenceStructure();
        var list = new List<Value>();
        for (var step = 0; step < 20_000; step++)
        {
            var growing = step / 4_000 % 2 == 0;
            if (list.Count == 0 || random.Next(10) < (growing ? 7 : 3))
            {
                var at = random.Next(4) switch { 0 => 0, 1 => list.Count, _ => random.Next(list.Count + 1) };
                sequence.Insert(at, Number(step));
                list.Insert(at, Number(step));
            }
            else
            {
                var at = random.Next(4) switch { 0 => 0, 1 => list.Count - 1, _ => random.Next(list.Count) };
                sequence.RemoveAt(at);
                list.RemoveAt(at);
            }

            Assert.Equal(list.Count, sequence.Count);
            if (list.Count > 0 && random.Next(list.Count) is var index)
                Assert.Equal(list[index], sequence[index]);
        }

        Assert.Equal("[" + string.Join(",", list) + "]", Json(sequence));
        Assert.Equal(list.Sum(v => v.Bytes.Length), sequence.ContentBytes);
    }

    [Fact]
    public void A_sorted_set_agrees_with_sorting()
    {
        var random = new Random(5);
        var sortedSet = new SortedSetStructure();
        var scores = new Dictionary<string, double>();
        for (var step = 0; step < 10_000; step++)
        {
            var member = random.Next(300).ToString(CultureInfo.InvariantCulture);
            if (random.Next(3) == 0)
            {
                Assert.Equal(scores.Remove(member), sortedSet.Remove(Value.Json(member)));
            }
            else
            {
                scores[member] = random.Next(40) / 4.0;
                sortedSet.Set(Value.Json(member), scores[member]);
            }

            Assert.Equal(scores.Count, sortedSet.Count);
            if (step % 50 == 0)
                AssertSame(scores, sortedSet, random);
        }
    }

    [Fact]
    public void A_sorted_set_stays_balanced_when_filled_in_order()
    {
        var sortedSet = new SortedSetStructure();
        for (var i = 0; i < 200_000; i++)
            sortedSet.Set(Number(i), i);
        Assert.Equal(123_456, sortedSet.RankOf(Number(123_456)));
        Assert.Equal(Number(77_777), sortedSet.At(77_777).Value);
        for (var i = 0; i < 199_990; i++)
            sortedSet.Remove(Number(i));
        Assert.Equal(Number(199_990), sortedSet.At(0).Value);
    }

    [Fact]
    public void Adding_and_asking_costs_a_million_members_no_more_than_a_hundred()
    {
        var small = AllocatedByUse(100);
        var large = AllocatedByUse(1_000_000);
        Assert.True(large <= small, $"{large} bytes with a million members, {small} with a hundred");
    }

    // Asks for and adds one member through the operation itself.
    private static long AllocatedByUse(int members)
    {
        var state = new KeyState();
        var options = new CacheOptions();
        var revisions = new RevisionAllocator(new ManualTime());
        var add = CacheOperations.All.Single(row => row.Name == "set.add");
        var contains = CacheOperations.All.Single(row => row.Name == "set.contains");
        for (var from = 0; from < members; from += 100)
            Run(add, Command("set.add", [.. Enumerable.Range(from, 100).Select(i => Number(i))]));
        var one = Command("set.add", Number(members + 1));
        var ask = Command("set.contains", Number(members / 2));
        var warm = Command("set.add", Number(members + 2));
        Run(add, warm);
        Run(contains, ask);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(contains, ask);
        Run(add, one);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(members + 2, state.Structure!.Count);
        return allocated;

        void Run(CacheOperation row, CacheCommand command) =>
            Assert.Equal(CacheOutcome.Hit, KeyTurn.Run(state, row, command, new OperationContext(1, options), revisions).Reply.Outcome);
    }

    private static CacheCommand Command(string name, params Value[] values) => new(name) { Structure = new StructureArguments { Values = [.. values] } };

    private static void AssertSame(Dictionary<string, double> scores, SortedSetStructure sortedSet, Random random)
    {
        var sorted = scores.OrderBy(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal).ToList();
        for (var i = 0; i < sorted.Count; i++)
        {
            Assert.Equal((sorted[i].Key, sorted[i].Value), (sortedSet.At(i).Value.ToString(), sortedSet.At(i).Score));
            Assert.Equal(i, sortedSet.RankOf(Value.Json(sorted[i].Key)));
        }

        var bound = random.Next(40) / 4.0;
        Assert.Equal(sorted.Count(s => s.Value < bound), sortedSet.CountBelow(bound, inclusive: false));
        Assert.Equal(sorted.Count(s => s.Value <= bound), sortedSet.CountBelow(bound, inclusive: true));
    }

    private static Value Number(int number) => JsonArithmetic.FromInteger(number);

    private static string Json(global::Grains.Cache.Structure structure)
    {
        using var json = new Utf8Buffer();
        structure.AppendJson(json);
        return Value.Json(json.ToArray()).ToString();
    }
}
