using Grains.Cache;

namespace Grains.Local;

/// <summary>The time that one operation over many keys may take.</summary>
internal readonly struct WorkTime(TimeProvider time, TimeSpan? timeout)
{
    private readonly long _endsAtUs = timeout is { } limit ? time.NowUs() + limit.ToUs() : long.MaxValue;

    public bool IsOver => _endsAtUs != long.MaxValue && time.NowUs() >= _endsAtUs;
}
