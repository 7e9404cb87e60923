namespace Grains;

/// <summary>What a caller may do after an error.</summary>
public enum Retry
{
    /// <summary>The same request would fail again.</summary>
    No,

    /// <summary>Nothing happened: retry when you like.</summary>
    Safe,

    /// <summary>It may have happened: retry only with an op_id, or when doing it twice does no harm.</summary>
    OutcomeUnknown,
}

/// <summary>The retry rule of each <see cref="ErrorCode"/>.</summary>
public static class ErrorCodes
{
    public static Retry RetryOf(ErrorCode code) => code switch
    {
        ErrorCode.Timeout or ErrorCode.Cancelled or ErrorCode.ProviderLost or ErrorCode.ConnectionLost or ErrorCode.Internal
            => Retry.OutcomeUnknown,
        ErrorCode.Busy or ErrorCode.OpIdMemoryFull or ErrorCode.OutOfMemory or ErrorCode.TooManyCalls
            or ErrorCode.TooManyConnections or ErrorCode.TooManyTopics or ErrorCode.TopicFull or ErrorCode.SlowReader
            or ErrorCode.ShuttingDown => Retry.Safe,
        _ => Retry.No,
    };
}
