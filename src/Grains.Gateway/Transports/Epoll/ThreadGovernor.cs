namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// How many threads serve the loops. One does as long as it can: two that share a processor with each other, or with the programs that they serve,
/// wait for it in turn, and on a small machine one does up to 1.4 times as much as two. When one that could share is busy all the time, one more is
/// tried, and kept if that moves more bytes; now and then one less is tried, and kept if that moves as many or leaves time. What did not help is
/// tried again later and later. Pure: time comes in with the calls.
/// </summary>
internal sealed class ThreadGovernor
{
    /// <summary>Of the time: such a thread can do nothing more.</summary>
    public const double Saturated = 0.95;

    /// <summary>What one thread less may be busy: it would not be saturated.</summary>
    private const double Easy = 0.8;

    /// <summary>Periods in a row in which one was saturated before one more is tried: what comes at a rate and has been held up is soon caught up
    /// with, and one more thread would only be in the way.</summary>
    private const int PeriodsSaturated = 3;

    /// <summary>One more must bring so much.</summary>
    private const double Gain = 1.1;

    /// <summary>One less may cost so much.</summary>
    private const double Loss = 0.97;

    /// <summary>Below so much of what they were busy there is less to do than before, which says nothing about the threads.</summary>
    private const double AsBusy = 0.9;

    /// <summary>Short: what is tried while the program is still being compiled says little.</summary>
    private static readonly TimeSpan MorePauseMin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LessPauseMin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(2);

    private int _before;
    private double _rateBefore;
    private double _busyBefore;
    private bool _settles;
    private int _saturatedFor;
    private TimeSpan _moreAt = TimeSpan.Zero;
    private TimeSpan _morePause = MorePauseMin;
    private TimeSpan _lessAt = TimeSpan.Zero;
    private TimeSpan _lessPause = LessPauseMin;

    public int Threads { get; private set; } = 1;

    /// <summary>After each period of a tenth of a second or more.</summary>
    /// <param name="now">On any clock that only goes forward.</param>
    /// <param name="busy">Of the period, the sum over the threads: 1 is one thread all the time.</param>
    /// <param name="isSaturated">One that serves several loops was busy all the time.</param>
    /// <param name="rate">Bytes a second in the period.</param>
    /// <param name="threadsMax">At least 1.</param>
    /// <returns>How many threads there are to be from now on.</returns>
    public int Next(TimeSpan now, double busy, bool isSaturated, double rate, int threadsMax)
    {
        _saturatedFor = isSaturated ? _saturatedFor + 1 : 0;
        if (_settles)
            _settles = false;
        else if (_before > Threads)
            JudgeLess(now, isSaturated, rate);
        else if (_before != 0)
            JudgeMore(now, busy, rate);
        else if (Threads < threadsMax && _saturatedFor >= PeriodsSaturated && now >= _moreAt)
            Try(Threads + 1, busy, rate);
        else if (Threads > 1 && busy <= Easy * (Threads - 1))
            Threads--;
        else if (Threads > 1 && now >= _lessAt)
            Try(Threads - 1, busy, rate);
        return Threads;
    }

    /// <summary>The period in which threads change tells nothing; the next is compared.</summary>
    private void Try(int threads, double busy, double rate)
    {
        (_before, _busyBefore, _rateBefore, _settles) = (Threads, busy, rate, true);
        Threads = threads;
    }

    private void JudgeMore(TimeSpan now, double busy, double rate)
    {
        if (rate >= _rateBefore * Gain)
        {
            (_morePause, _lessAt) = (MorePauseMin, now + _lessPause);
        }
        else
        {
            (Threads, _moreAt) = (_before, now + _morePause);
            if (busy >= _busyBefore * AsBusy)
                _morePause = Longer(_morePause);
        }

        _before = 0;
    }

    private void JudgeLess(TimeSpan now, bool isSaturated, double rate)
    {
        if (!isSaturated || rate >= _rateBefore * Loss)
        {
            _lessPause = LessPauseMin;
            _moreAt = now + (_morePause > LessPauseMin ? _morePause : LessPauseMin);
        }
        else
        {
            _lessPause = Longer(_lessPause);
            (Threads, _lessAt) = (_before, now + _lessPause);
        }

        _before = 0;
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < PauseMax ? pause * 2 : PauseMax;
}
