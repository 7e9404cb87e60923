using System.Reflection;

namespace Grains.Functions.Binding;

/// <summary>What a caller is told when a function throws: its own code for <see cref="GrainsException"/>, busy, cancelled, or
/// <see cref="ErrorCode.ExecutionFailed"/> with the exception's type and message. Never a stack trace.</summary>
internal static class FunctionFailure
{
    public static CallReply Of(Exception exception, ICallContext context) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => Of(inner, context),
        ProviderBusyException busy => CallReply.Fail(ErrorCode.Busy, busy.Message),
        GrainsException known => CallReply.Fail(known.Code, known.Message, known.Details),
        OperationCanceledException when context.Cancelled.IsCancellationRequested => CallReply.Fail(ErrorCode.Cancelled, "The call was cancelled."),
        _ => CallReply.Fail(ErrorCode.ExecutionFailed, exception.Message, exception.GetType().Name),
    };
}
