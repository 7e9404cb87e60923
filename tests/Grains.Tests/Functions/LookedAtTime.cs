namespace Grains.Tests.Functions;

/// <summary>A clock that goes on by one millisecond each time it is looked at, and can do something at one of the looks.</summary>
public sealed class LookedAtTime(DateTimeOffset start) : TimeProvider
{
    public int Looks { get; private set; }

    public Action<int>? Looked { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        Looks++;
        Looked?.Invoke(Looks);
        return start.AddMilliseconds(Looks);
    }
}
