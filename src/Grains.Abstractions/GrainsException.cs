namespace Grains;

/// <summary>An operation of the user API that ended with an error of the numbered list. The message says what the details say too.</summary>
public sealed class GrainsException : Exception
{
    public GrainsException(ErrorCode code, string message, string? details = null, Exception? innerException = null)
        : base(MessageOf(message, details), innerException)
    {
        Code = code;
        Summary = message;
        Details = details;
        Retry = ErrorCodes.RetryOf(code);
    }

    public ErrorCode Code { get; }

    /// <summary>More about the cause, when the server gave it.</summary>
    public string? Details { get; }

    /// <summary>What may be done now: the rule of the code, or <see cref="Retry.Safe"/> when it is known that nothing happened.</summary>
    public Retry Retry { get; init; }

    /// <summary>The message without the details: what travels beside them.</summary>
    internal string Summary { get; }

    private static string MessageOf(string message, string? details)
    {
        if (string.IsNullOrEmpty(details) || message.Contains(details, StringComparison.Ordinal))
            return message;
        if (details.StartsWith(message, StringComparison.Ordinal))
            return details;
        return message.EndsWith('.') ? $"{message} {details}" : $"{message}: {details}";
    }
}
