using System.Globalization;

namespace Grains.Functions;

/// <summary>The failures of functions, in the words that clients know.</summary>
internal static class FunctionErrors
{
    /// <summary>The message of every <see cref="ErrorCode.ExecutionFailed"/>; what happened is in the details.</summary>
    public const string ExecutionFailed = "RPC execution failed";

    public static CallReply NotFound(string function) =>
        CallReply.Fail(ErrorCode.FunctionNotFound, "Command not found", $"Command not found: {function}");

    public static CallReply ConnectionNotFound(ConnectionId target) =>
        CallReply.Fail(ErrorCode.ConnectionNotFound, "Connection not found", $"Connection not found: {target}");

    public static CallReply Failed(string details) => CallReply.Fail(ErrorCode.ExecutionFailed, ExecutionFailed, details);

    public static CallReply InvalidArguments(string details) =>
        CallReply.Fail(ErrorCode.InvalidArguments, "Invalid arguments", details);

    public static CallReply Refused(string function) =>
        CallReply.Fail(ErrorCode.Busy, "Busy", $"Every provider of {function} refused the call as busy.");

    public static CallReply TooManyWaiting(string function, int limit) =>
        CallReply.Fail(ErrorCode.Busy, "Busy", $"{limit} calls of {function} wait for a place already.");

    public static CallReply TooManyOffers(int limit) =>
        CallReply.Fail(ErrorCode.FunctionLimit, $"A connection offers at most {limit} functions.");

    public static CallReply ProviderLost(string function) =>
        CallReply.Fail(ErrorCode.ProviderLost, "Provider lost", $"The connection that ran {function} went away.");

    public static CallReply Cancelled() => CallReply.Fail(ErrorCode.Cancelled, "Cancelled");

    public static CallReply ShuttingDown() => CallReply.Fail(ErrorCode.ShuttingDown, "The server is stopping.");

    public static CallReply TooLarge(long limit) => Failed($"The result is larger than the limit of {limit} bytes.");

    public static CallReply TimedOut(long afterUs) => CallReply.Fail(ErrorCode.Timeout, TimedOutAfter(afterUs));

    public static string TimedOutAfter(long us) =>
        string.Create(CultureInfo.InvariantCulture, $"RPC execution timed out after {us / 1e6:0.0##} seconds");
}
