using Grains.Benchmarks.Load;
using Grains.Benchmarks.Report;

namespace Grains.Tests.Benchmarks;

/// <summary>The arithmetic of the benchmark program.</summary>
public sealed class FiguresTests
{
    [Fact]
    public void A_percentile_is_exact_to_two_percent()
    {
        var histogram = new LatencyHistogram();
        for (var ns = 1; ns <= 1_000_000; ns++)
            histogram.Record(ns);
        Assert.Equal(1_000_000, histogram.Count);
        foreach (var part in new[] { 0.00005, 0.01, 0.5, 0.99, 0.999, 1 })
            Assert.InRange(histogram.Percentile(part) / (part * 1_000_000), 0.98, 1.02);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1_000_003)]
    [InlineData((1L << 40) - 1)]
    public void A_single_latency_is_every_percentile(long ns)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(ns);
        foreach (var part in new[] { 0, 0.5, 1 })
            Assert.InRange(histogram.Percentile(part), ns * 0.98, ns * 1.02);
    }

    [Fact]
    public void A_few_slow_ones_are_seen_by_the_percentiles_above_them_only()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 995; i++)
            histogram.Record(100);
        for (var i = 0; i < 5; i++)
            histogram.Record(long.MaxValue);
        Assert.Equal(100, histogram.Percentile(0.99));
        Assert.InRange(histogram.Percentile(0.999), 1L << 39, 1L << 40);
    }

    [Fact]
    public void A_cleared_histogram_is_empty()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(5);
        histogram.Clear();
        Assert.Equal(0, histogram.Count);
        Assert.Equal(0, histogram.Percentile(0.5));
    }

    [Fact]
    public void The_median_of_an_odd_number_of_rounds_is_the_middle_one() => Assert.Equal(new Spread(2, 1, 9), Spread.Of([9, 1, 2]));

    [Fact]
    public void The_median_of_an_even_number_of_rounds_lies_between_the_middle_two() => Assert.Equal(new Spread(2.5, 1, 9), Spread.Of([9, 1, 3, 2]));

    [Fact]
    public void Nothing_has_no_median() => Assert.Null(Spread.Of([]));

    [Fact]
    public void A_ring_of_requests_begins_again_in_the_middle_of_a_burst()
    {
        var ring = new RequestRing([[1], [2, 2], [3]], burstMax: 4);
        Assert.Equal([1, 2, 2], ring.Take(2).ToArray());
        Assert.Equal([3, 1, 2, 2, 3], ring.Take(4).ToArray());
        Assert.Equal([1], ring.Take(1).ToArray());
    }

    [Fact]
    public void Times_come_back_in_their_order_while_the_queue_grows()
    {
        var queue = new TimeQueue();
        queue.Add(0, 1);
        for (long next = 1, oldest = 0; next < 1_000; next++)
        {
            queue.Add(next, 1);
            if (next % 3 == 0)
                Assert.Equal(oldest++, queue.Take());
        }

        Assert.Equal(667, queue.Count);
    }
}
