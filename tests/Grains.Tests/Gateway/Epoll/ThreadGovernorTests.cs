using Grains.Gateway.Transports.Epoll;

namespace Grains.Tests.Gateway.Epoll;

/// <summary>How many threads serve a transport's loops, period by period of a tenth of a second.</summary>
public sealed class ThreadGovernorTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(0.1);

    private readonly ThreadGovernor _governor = new();
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void One_thread_serves_as_long_as_it_is_not_busy_all_the_time()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(1, Next(busy: 0.94, rate: 100));
    }

    [Fact]
    public void A_thread_that_catches_up_now_and_then_stays_alone()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(1, Next(busy: i % 3 == 0 ? 0.9 : 1, rate: 100));
    }

    [Fact]
    public void A_busy_thread_gets_a_second_which_stays_when_more_is_done()
    {
        Assert.Equal(1, Next(busy: 1, rate: 100));
        Assert.Equal(1, Next(busy: 1, rate: 100));
        Assert.Equal(2, Next(busy: 1, rate: 100));
        // The period in which it came says nothing.
        Assert.Equal(2, Next(busy: 1.5, rate: 60));
        Assert.Equal(2, Next(busy: 1.5, rate: 111));
        for (var i = 0; i < 40; i++)
            Assert.Equal(2, Next(busy: 1.5, rate: 111));
    }

    [Fact]
    public void A_second_thread_that_does_not_help_goes_again_and_is_tried_later_and_later()
    {
        var pauses = new List<double>();
        var last = _now;
        for (var i = 0; i < 6_000; i++)
        {
            // Two do no more than one.
            var before = _governor.Threads;
            if (Next(busy: _governor.Threads, rate: 100) <= before)
                continue;
            pauses.Add((_now - last).TotalSeconds);
            last = _now;
        }

        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 64, 120, 120, 120], pauses.Select(Math.Floor));
        Assert.Equal(1, _governor.Threads);
    }

    [Fact]
    public void A_thread_that_the_others_can_spare_goes_at_once()
    {
        Grow(3);
        Assert.Equal(2, Next(busy: 1.6, rate: 100));
        Assert.Equal(2, Next(busy: 0.9, rate: 100));
        Assert.Equal(1, Next(busy: 0.8, rate: 100));
    }

    [Fact]
    public void One_less_is_tried_after_a_while_and_comes_back_when_less_is_done()
    {
        Grow(2);
        var periods = 0;
        while (Next(busy: 1.6, rate: 200) == 2)
            periods++;
        Assert.InRange(periods, 40, 60);
        Assert.Equal(1, Next(busy: 1, rate: 150));
        Assert.Equal(2, Next(busy: 1, rate: 190));
        // The next time later.
        periods = 0;
        while (Next(busy: 1.6, rate: 200) == 2)
            periods++;
        Assert.InRange(periods, 90, 110);
    }

    [Fact]
    public void One_less_that_does_as_much_is_enough()
    {
        Grow(2);
        while (Next(busy: 1.6, rate: 200) == 2)
        {
        }

        Assert.Equal(1, Next(busy: 1, rate: 150));
        for (var i = 0; i < 40; i++)
            Assert.Equal(1, Next(busy: 1, rate: 195));
    }

    [Fact]
    public void One_less_is_enough_when_it_is_not_busy_all_the_time_however_little_there_is_to_do()
    {
        Grow(2);
        while (Next(busy: 1.6, rate: 200) == 2)
        {
        }

        Assert.Equal(1, Next(busy: 1, rate: 150));
        Assert.Equal(1, Next(busy: 0.5, rate: 50));
    }

    [Fact]
    public void A_trial_whose_load_has_gone_is_no_reason_to_wait_longer()
    {
        for (var i = 0; i < 5; i++)
        {
            var periods = 0;
            while (Next(busy: 1, rate: 100) == 1)
                periods++;
            Assert.InRange(periods, 0, 51);
            Next(busy: 1.5, rate: 60);
            Assert.Equal(1, Next(busy: 0.2, rate: 20));
        }
    }

    [Fact]
    public void Threads_with_one_loop_each_cannot_share_it_however_busy_they_are()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(1, _governor.Next(_now += Period, busy: 1, isSaturated: false, rate: i, threadsMax: 8));
    }

    [Fact]
    public void There_are_never_more_threads_than_loops()
    {
        var seen = Enumerable.Range(0, 1_000).Select(i => Next(busy: _governor.Threads, rate: i * i, loops: 3)).ToHashSet();

        Assert.Equal([1, 2, 3], seen.Order());
    }

    private int Next(double busy, double rate, int loops = 8)
    {
        _now += Period;
        return _governor.Next(_now, busy, isSaturated: busy >= ThreadGovernor.Saturated * _governor.Threads, rate, loops);
    }

    private void Grow(int threads)
    {
        var rate = 1.0;
        while (_governor.Threads < threads)
        {
            var before = _governor.Threads;
            while (Next(busy: before, rate) == before)
            {
            }

            Next(busy: _governor.Threads, rate);
            Next(busy: _governor.Threads - 0.1, rate *= 2);
        }
    }
}
