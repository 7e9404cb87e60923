namespace Grains.Functions.Binding;

/// <summary>How the failures of delegates read: the message that clients know, and what happened in the details. Never a stack trace.</summary>
internal static class BindingErrors
{
    public static CallReply InvalidArguments(string details) => CallReply.Fail(ErrorCode.InvalidArguments, "Invalid arguments", details);

    public static CallReply Failed(string details) => CallReply.Fail(ErrorCode.ExecutionFailed, "RPC execution failed", details);

    public static CallReply TooLarge(long limit) => Failed($"The result is larger than the limit of {limit} bytes.");

    /// <summary>The answer when a function throws: its own code for a <see cref="GrainsException"/>, busy, cancelled, or failed.</summary>
    public static CallReply Of(Exception exception, ICallContext context) => exception switch
    {
        ProviderBusyException busy => CallReply.Fail(ErrorCode.Busy, "Busy", busy.Message),
        GrainsException known => CallReply.Fail(known.Code, known.Summary, known.Details),
        OperationCanceledException when context.Cancelled.IsCancellationRequested => CallReply.Fail(ErrorCode.Cancelled, "Cancelled"),
        _ => Failed($"{exception.GetType().Name}: {exception.Message}"),
    };
}
