namespace Grains;

/// <summary>Where a typed subscription starts, in words.</summary>
public readonly record struct TopicStart
{
    private readonly StartKind _kind;
    private readonly long _offset;
    private readonly long _atUs;
    private readonly int? _backlogCount;

    private TopicStart(StartKind kind, long offset = 0, long atUs = 0, int? backlogCount = null)
    {
        _kind = kind;
        _offset = offset;
        _atUs = atUs;
        _backlogCount = backlogCount;
    }

    /// <summary>With what is published from now on: the default.</summary>
    public static TopicStart New => default;

    /// <summary>With the last message of each topic.</summary>
    public static TopicStart Last => new(StartKind.Last);

    /// <summary>At an offset of each topic; negative counts from the end.</summary>
    public static TopicStart Offset(long offset) => new(StartKind.Offset, offset);

    /// <summary>With everything that is still kept.</summary>
    public static TopicStart Beginning => new(StartKind.Time);

    /// <summary>At a time of the server's clock; <paramref name="backlogCount"/> bounds the old messages of each topic.</summary>
    public static TopicStart At(DateTimeOffset time, int? backlogCount = null) =>
        new(StartKind.Time, atUs: (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, backlogCount: backlogCount);

    internal SubscribeCommand ApplyTo(SubscribeCommand command) =>
        command with { Start = _kind, StartOffset = _offset, StartAtUs = _atUs, BacklogCount = _backlogCount };
}
