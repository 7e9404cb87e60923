namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The <c>operation</c> of a cache request, which says how it is answered.</summary>
internal enum CacheVerb : byte
{
    Get,
    Put,
    Delete,
    Exists,
    Touch,
    Atomic,
    Structure,
    Invalidate,
    Query,
    Stats,
    Namespace,
}

/// <summary>A cache request as it was read. Either <see cref="Key"/> and <see cref="Command"/> are set, or <see cref="Over"/>.</summary>
internal readonly struct CacheRequest
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public CacheVerb Verb { get; init; }

    public CacheKey? Key { get; init; }

    public CacheCommand? Command { get; init; }

    /// <summary>An operation over a namespace.</summary>
    public NamespaceCommand? Over { get; init; }

    public CacheRequestOptions Options { get; init; }

    /// <summary>The operation over a namespace, with the time it still has: a little less than the caller waits, so that the engine's own
    /// answer, which tells what was done, comes first.</summary>
    public NamespaceCommand OverWithin(TimeSpan waited)
    {
        var limit = Options.Timeout - TimeSpan.FromTicks(Math.Min(Options.Timeout.Ticks / 10, AheadTicks)) - waited;
        return Over! with { Timeout = limit > TimeSpan.Zero ? limit : TimeSpan.Zero };
    }

    private const long AheadTicks = 250 * TimeSpan.TicksPerMillisecond;

    /// <summary>The key whose requests this one must not overtake; null for those over many keys.</summary>
    public CacheKey? Lane => Command?.Structure is { OtherSetKeys.IsDefaultOrEmpty: false } ? null : Key;
}

/// <summary>What of <c>options</c> means anything here.</summary>
internal readonly struct CacheRequestOptions
{
    public CacheRequestOptions()
    {
    }

    public bool IncludeMetadata { get; init; } = true;

    public TimeSpan Timeout { get; init; } = CacheRequest.DefaultTimeout;

    public bool CascadeDependencies { get; init; }

    /// <summary>For <c>put</c>: whom to tell; null: nobody.</summary>
    public ChangeNotice? Notice { get; init; }
}
