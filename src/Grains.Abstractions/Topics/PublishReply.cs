namespace Grains;

/// <summary>The acknowledgement of a publish.</summary>
public sealed record PublishReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    public long Epoch { get; init; }

    public long Offset { get; init; }

    /// <summary>Subscriptions that matched at the moment of append.</summary>
    public int Receivers { get; init; }

    /// <summary>The durability that was really met.</summary>
    public Durability Durability { get; init; }

    public string? MessageId { get; init; }

    public long AppendedAtUs { get; init; }

    public static PublishReply Fail(ErrorCode code, string message) => new() { Error = code, Message = message };
}
