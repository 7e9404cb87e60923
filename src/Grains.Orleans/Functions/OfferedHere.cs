using Orleans;

namespace Grains.Orleans.Functions;

/// <summary>An offer of a connection.</summary>
[GenerateSerializer, Immutable, Alias("grains.OfferedHere")]
public sealed record OfferedHere([property: Id(0)] ConnectionId Connection, [property: Id(1)] FunctionOffer Offer);
