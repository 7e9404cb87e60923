using Orleans;

namespace Grains.Orleans;

/// <summary>The answer to opening a session.</summary>
/// <param name="Error"><see cref="ErrorCode.TooManyConnections"/>, <see cref="ErrorCode.ShuttingDown"/>, or none.</param>
/// <param name="Message">The same in words.</param>
/// <param name="PollTimeMax">No call waits longer than this for something to happen.</param>
[GenerateSerializer, Immutable, Alias("grains.SessionWelcome")]
public sealed record SessionWelcome(
    [property: Id(0)] ErrorCode Error, [property: Id(1)] string? Message, [property: Id(2)] TimeSpan PollTimeMax);
