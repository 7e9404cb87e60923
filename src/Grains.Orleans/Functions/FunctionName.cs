using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>A function's name and who has it at one silo.</summary>
/// <param name="Name">The name.</param>
/// <param name="Owners">Who has it.</param>
/// <param name="Decider">The silo that decides calls of what connections offer, if that is known.</param>
[GenerateSerializer, Immutable, Alias("grains.FunctionName")]
public readonly record struct FunctionName(
    [property: Id(0)] string Name, [property: Id(1)] NameOwners Owners, [property: Id(2)] SiloAddress? Decider = null);
