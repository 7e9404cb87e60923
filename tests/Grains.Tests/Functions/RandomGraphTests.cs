using System.Text.Json;
using System.Text.Json.Nodes;
using Grains.Functions;

namespace Grains.Tests.Functions;

public sealed class RandomGraphTests
{
    private const int Cases = 20_000;
    private const int Seed = 20_260_101;

    [Fact]
    public async Task Random_graphs_agree_with_a_sequential_reference()
    {
        await using var test = new GraphTest(AddFunctions);
        var outcomes = new Dictionary<string, int>();
        for (var i = 0; i < Cases; i++)
        {
            var random = new Random(Seed + i);
            var isExplicit = random.Next(2) == 0;
            var text = new RandomGraph(random).Next(isExplicit);
            try
            {
                var outcome = await CompareAsync(test, text, isExplicit, withRecords: random.Next(4) == 0);
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {Seed + i}, explicit {isExplicit}, graph {text}", e);
            }
        }

        // A generator that only makes one kind of graph would prove little.
        Assert.All(["refused", "cycle", "failed", "done"], outcome => Assert.InRange(outcomes.GetValueOrDefault(outcome), Cases / 100, Cases));
    }

    private static async Task<string> CompareAsync(GraphTest test, string text, bool isExplicit, bool withRecords)
    {
        test.StartedCalls.Clear();
        test.EndedCalls.Clear();
        var expected = new ReferenceGraph(JsonNode.Parse(text)!.AsArray(), isExplicit);
        var reply = await test.RunAsync(GraphTest.Parse(text) with { ExplicitReferences = isExplicit, ReturnIntermediateResults = withRecords });
        Assert.Equal(test.StartedCalls.Count, test.EndedCalls.Count);
        if (expected.IsRefusedReference || expected.IsCycle)
        {
            Assert.Equal(expected.IsCycle ? ErrorCode.ExecutionFailed : ErrorCode.UnresolvedReference, reply.Error);
            Assert.Empty(test.StartedCalls);
            return expected.IsCycle ? "cycle" : "refused";
        }

        if (expected.Failures.Count > 0)
        {
            Assert.Contains((reply.Error, reply.Details!), expected.Failures);
            return "failed";
        }

        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Details));
        Assert.Equal(expected.Names.Count, test.StartedCalls.Count);
        AssertSame(expected.ResultsOf(expected.LevelCount - 1), reply.Results);
        Assert.Equal(withRecords ? expected.LevelCount : 0, reply.Intermediate.Length);
        foreach (var record in reply.Intermediate)
        {
            AssertSame(expected.ResultsOf(record.LevelIndex), record.LevelResults);
            AssertSame(Enumerable.Range(0, record.LevelIndex + 1).SelectMany(expected.ResultsOf), record.AccumulatedResults);
        }

        return "done";
    }

    private static void AssertSame(IEnumerable<(string Name, JsonNode? Result)> expected, IEnumerable<KeyValuePair<string, Value>> actual)
    {
        foreach (var (one, other) in expected.Zip(actual, (one, other) => (one, other)))
        {
            Assert.Equal(one.Name, other.Key);
            Assert.True(JsonNode.DeepEquals(one.Result, JsonNode.Parse(other.Value.Bytes.Span)), $"{one.Name}: {one.Result} is not {other.Value}");
        }

        Assert.Equal(expected.Count(), actual.Count());
    }

    private static void AddFunctions(FunctionTable table)
    {
        table.Add(new FunctionOffer("digest"), Digest, inline: true);
        table.Add(new FunctionOffer("pooled"), Digest);
        table.Add(new FunctionOffer("later"), async (Value a, Value b, Value x = default) =>
        {
            await Task.Yield();
            return Digest(a, b, x);
        });
        table.Add(new FunctionOffer("boom"), async Task<int> (Value a, Value b, Value x = default) =>
        {
            if (a.Bytes.Length % 2 == 0)
                await Task.Yield();
            throw new InvalidOperationException(ReferenceGraph.FailureOf(Array(a, b, x))["InvalidOperationException: ".Length..]);
        });
    }

    private static JsonObject Digest(Value a, Value b, Value x = default) => ReferenceGraph.Digest(Array(a, b, x));

    private static JsonArray Array(params Value[] values) =>
        new([.. values.Select(value => value.IsNone ? null : JsonNode.Parse(value.Bytes.Span, default, new JsonDocumentOptions { MaxDepth = 100 }))]);
}
