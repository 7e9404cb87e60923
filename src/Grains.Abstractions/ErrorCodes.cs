namespace Grains;

/// <summary>The retry rule of each <see cref="ErrorCode"/>.</summary>
public static class ErrorCodes
{
    public static Retry RetryOf(ErrorCode code) => code switch
    {
        ErrorCode.Timeout or ErrorCode.Cancelled or ErrorCode.ProviderLost or ErrorCode.ConnectionLost or ErrorCode.SlowReader
            or ErrorCode.Internal or ErrorCode.NodeLost
            => Retry.OutcomeUnknown,
        ErrorCode.Busy or ErrorCode.OpIdMemoryFull or ErrorCode.OutOfMemory or ErrorCode.TooManyCalls
            or ErrorCode.TooManyConnections or ErrorCode.TooManyTopics or ErrorCode.TopicFull
            or ErrorCode.ShuttingDown => Retry.Safe,
        _ => Retry.No,
    };
}
