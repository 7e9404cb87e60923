namespace Grains.Engine;

/// <summary>A call as a provider gets it.</summary>
public sealed record Invocation(
    string CallId,
    string Function,
    Value Arguments,
    Value Keywords,
    ConnectionId Caller,
    long DeadlineAtUs,
    bool Stream);
