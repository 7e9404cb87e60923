using Grains.Gateway.Connections;

namespace Grains.Tests.Gateway;

public sealed class OrderedWorkTests
{
    private readonly List<string> _ran = [];
    private readonly OrderedWork<string> _order = new(exception => throw exception);

    [Fact]
    public async Task Random_work_keeps_the_order_of_each_lane_and_of_work_over_all()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var order = new OrderedWork<string>(exception => Assert.Fail(exception.Message));
            var log = new List<(int Number, string? Lane)>();
            var running = new HashSet<string>();
            var gates = new List<TaskCompletionSource>();
            for (var i = 0; i < 40; i++)
            {
                var (number, lane) = (i, random.Next(6) == 0 ? null : "lane" + random.Next(3));
                var gate = random.Next(2) == 0 ? null : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (gate is not null)
                    gates.Add(gate);
                order.Run(lane, 1, async () =>
                {
                    lock (log)
                    {
                        log.Add((number, lane));
                        Assert.True(lane is null ? running.Count == 0 : !running.Contains("all"));
                        Assert.True(running.Add(lane ?? "all"));
                    }

                    if (gate is not null)
                        await gate.Task;
                    lock (log)
                        running.Remove(lane ?? "all");
                });
            }

            foreach (var gate in gates.OrderBy(_ => random.Next()).ToArray())
                gate.SetResult();
            await order.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            Assert.True(order.IsIdle);
            Assert.Equal(40, log.Count);
            foreach (var lane in new[] { "lane0", "lane1", "lane2" })
            {
                var seen = log.Where(entry => entry.Lane == lane || entry.Lane is null).Select(entry => entry.Number).ToArray();
                Assert.Equal(seen.Order(), seen);
            }
        }
    }

    [Fact]
    public async Task A_long_chain_of_work_that_ends_at_once_is_no_deep_stack()
    {
        var gate = new TaskCompletionSource();
        var ran = 0;
        _order.Run("a", 1, async () => await gate.Task);
        for (var i = 0; i < 100_000; i++)
        {
            _order.Run("a", 1, () =>
            {
                ran++;
                return default;
            });
        }

        Assert.Equal(100_001, _order.Pending);
        gate.SetResult();
        await _order.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(100_000, ran);
    }

    [Fact]
    public void With_nothing_pending_work_runs_at_once()
    {
        _order.Run("a", 1, () =>
        {
            _ran.Add("a");
            return default;
        });
        Assert.Equal(["a"], _ran);
        Assert.True(_order.IsIdle);
    }

    [Fact]
    public async Task Room_is_counted_in_requests_and_in_bytes()
    {
        var gate = new TaskCompletionSource();
        _order.Run("a", 10, async () => await gate.Task);
        Assert.True(_order.IsFull(1, 100));
        Assert.True(_order.IsFull(2, 10));
        Assert.False(_order.IsFull(2, 11));
        var room = _order.WhenRoomAsync(2, 10);
        Assert.False(room.IsCompleted);
        gate.SetResult();
        await room.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(_order.IsFull(1, 1));
    }

    [Fact]
    public async Task Faults_are_told_and_do_not_stop_what_comes_after()
    {
        var faults = new List<string>();
        var order = new OrderedWork<string>(exception => faults.Add(exception.Message));
        var gate = new TaskCompletionSource();
        order.Run("a", 1, async () =>
        {
            await gate.Task;
            throw new InvalidOperationException("first");
        });
        order.Run("a", 1, () => throw new InvalidOperationException("second"));
        gate.SetResult();
        await order.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(["first", "second"], faults);
    }
}
