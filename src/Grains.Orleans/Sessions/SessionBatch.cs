using System.Collections.Immutable;
using Orleans;

namespace Grains.Orleans;

/// <summary>What a client fetches of its session at once.</summary>
/// <param name="First">The number of the first of <see cref="Events"/>; the others follow it without a hole.</param>
/// <param name="Events">What happened, in order.</param>
/// <param name="Ended">The session has ended: nothing comes any more.</param>
/// <param name="Leaving">The silo is stopping: the client shall open a session at another, and end this one when the calls that run over it have
/// ended.</param>
[GenerateSerializer, Immutable, Alias("grains.SessionBatch")]
public sealed record SessionBatch(
    [property: Id(0)] long First,
    [property: Id(1)] ImmutableArray<SessionEvent> Events,
    [property: Id(2)] bool Ended,
    [property: Id(3)] bool Leaving);
