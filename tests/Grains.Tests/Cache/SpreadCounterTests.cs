using Grains.Local;

namespace Grains.Tests.Cache;

public sealed class SpreadCounterTests
{
    [Fact]
    public async Task Nothing_that_threads_count_at_once_is_lost_or_counted_twice()
    {
        var counter = new SpreadCounter();
        using var together = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                for (var i = 0; i < 100_000; i++)
                    counter.Increment();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        counter.Add(5);
        Assert.Equal(400_005, counter.Value);
    }
}
