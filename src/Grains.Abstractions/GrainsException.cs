namespace Grains;

/// <summary>An operation of the user API that ended with an error of the numbered list.</summary>
public sealed class GrainsException : Exception
{
    public GrainsException(ErrorCode code, string message, string? details = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Details = details;
    }

    public ErrorCode Code { get; }

    /// <summary>More about the cause, when the server gave it.</summary>
    public string? Details { get; }

    public Retry Retry => ErrorCodes.RetryOf(Code);
}
