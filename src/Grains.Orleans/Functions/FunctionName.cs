using Orleans;

namespace Grains.Orleans.Functions;

/// <summary>A function's name and who has it at one silo.</summary>
[GenerateSerializer, Immutable, Alias("grains.FunctionName")]
public readonly record struct FunctionName([property: Id(0)] string Name, [property: Id(1)] NameOwners Owners);
