namespace Grains.Functions;

/// <summary>The settings of functions, <c>Grains:Functions:…</c>. Each has a default and a range that <see cref="Validate"/> checks.</summary>
public sealed class FunctionOptions
{
    /// <summary>Time to answer when a call or graph names none. More than zero, at most <see cref="TimeoutMax"/>.</summary>
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A longer timeout is cut to this. 1 ms to 24 days.</summary>
    public TimeSpan TimeoutMax { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Commands in one graph; past it <see cref="ErrorCode.FunctionLimit"/>.</summary>
    public int GraphCommandsMax { get; set; } = 1024;

    /// <summary>Calls of one function that wait for a provider's place; past it <see cref="ErrorCode.Busy"/>.</summary>
    public int CallsWaitingMax { get; set; } = 10_000;

    /// <summary>Calls that a provider runs at once when it names no number, and the most that it may name.</summary>
    public int ConcurrencyMax { get; set; } = 1_000;

    /// <summary>Functions one connection offers; past it <see cref="ErrorCode.FunctionLimit"/>.</summary>
    public int OffersPerConnectionMax { get; set; } = 1_000;

    /// <summary>Characters in a function's name, version, resource tag or parameter name; past it <see cref="ErrorCode.InvalidName"/>.</summary>
    public int NameCharsMax { get; set; } = 255;

    /// <summary>Bytes of one result, of one command's arguments after its references are resolved, and of all results of one graph
    /// together. A longer result fails its call with <see cref="ErrorCode.ExecutionFailed"/>, a graph with
    /// <see cref="ErrorCode.FunctionLimit"/>. Also of one call's streamed items that wait for the way to another node; past it the stream is
    /// cut with <see cref="ErrorCode.SlowReader"/>.</summary>
    public int ResultBytesMax { get; set; } = 20 * 1024 * 1024;

    /// <summary>Results kept for functions that cache; past it the least recently used goes.</summary>
    public int CachedResultsMax { get; set; } = 10_000;

    /// <summary>Bytes of results and arguments kept for functions that cache; past it the least recently used goes.</summary>
    public long CachedBytesMax { get; set; } = 256 * 1024 * 1024;

    /// <summary>Limits of the references in a graph.</summary>
    public GraphOptions Graphs { get; } = new();

    /// <summary>Names every setting that is out of its range; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (TimeoutMax < TimeSpan.FromMilliseconds(1) || TimeoutMax > TimeSpan.FromDays(24))
            errors.Add($"Grains:Functions:{nameof(TimeoutMax)} must be from 1 ms to 24 days.");
        if (DefaultTimeout <= TimeSpan.Zero || DefaultTimeout > TimeoutMax)
            errors.Add($"Grains:Functions:{nameof(DefaultTimeout)} must be more than zero and at most {nameof(TimeoutMax)}.");
        Require(errors, nameof(GraphCommandsMax), GraphCommandsMax, 1, 1_000_000);
        Require(errors, nameof(CallsWaitingMax), CallsWaitingMax, 0, 10_000_000);
        Require(errors, nameof(ConcurrencyMax), ConcurrencyMax, 1, 1_000_000);
        Require(errors, nameof(OffersPerConnectionMax), OffersPerConnectionMax, 0, 1_000_000);
        Require(errors, nameof(NameCharsMax), NameCharsMax, 1, 65_536);
        Require(errors, nameof(ResultBytesMax), ResultBytesMax, 1024, 1024 * 1024 * 1024);
        Require(errors, nameof(CachedResultsMax), CachedResultsMax, 0, 10_000_000);
        Require(errors, nameof(CachedBytesMax), CachedBytesMax, 0, long.MaxValue);
        const long tebibyte = 1L << 40;
        Require(errors, $"{nameof(Graphs)}:{nameof(Graphs.ReferenceScanBytesMax)}", Graphs.ReferenceScanBytesMax, 1024, tebibyte);
        Require(errors, $"{nameof(Graphs)}:{nameof(Graphs.ResolvedBytesMax)}", Graphs.ResolvedBytesMax, 1024, tebibyte);
        return errors;
    }

    /// <summary>The deadline of something that starts now: its own timeout or the default, never more than <see cref="TimeoutMax"/>.</summary>
    internal long DeadlineUs(long nowUs, TimeSpan? timeout)
    {
        var wanted = timeout ?? DefaultTimeout;
        return nowUs + (wanted < TimeoutMax ? wanted : TimeoutMax).ToUs();
    }

    private static void Require(List<string> errors, string name, long value, long min, long max)
    {
        if (value < min || value > max)
            errors.Add($"Grains:Functions:{name} must be from {min} to {max}; it is {value}.");
    }
}
