using BenchmarkDotNet.Attributes;
using Grains.Topics;

namespace Grains.Benchmarks.Micro;

/// <summary>What does it cost to find who is subscribed to a topic among many patterns, a third of them each literal, with <c>*</c> and with
/// <c>#</c>? Four match, however many there are. (A topic does this once and keeps the answer until somebody subscribes.)</summary>
[MemoryDiagnoser]
public class TopicMatchBenchmark
{
    private const string Topic = "orders.r0.created";
    private const int Matching = 4;

    private readonly PatternIndex<object> _index = new();

    [Params(10, 1_000, 100_000)]
    public int Patterns { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        foreach (var pattern in new[] { Topic, "orders.*.created", "orders.#", "#.created" })
            Add(pattern);
        for (var i = Matching; i < Patterns; i++)
        {
            Add((i % 3) switch
            {
                0 => $"orders.r{i}.created",
                1 => $"orders.*.k{i}",
                _ => $"orders.r{i}.#",
            });
        }

        if (Match() != Matching)
            throw new InvalidOperationException($"{Match()} patterns match.");
    }

    [Benchmark]
    public int Match() => _index.Match(Topic).Count;

    private void Add(string pattern) => _index.Add(new TopicMatcher(new TopicPattern(pattern)), new object());
}
