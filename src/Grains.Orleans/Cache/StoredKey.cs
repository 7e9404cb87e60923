using Grains.Cache;
using Orleans;

namespace Grains.Orleans.Cache;

/// <summary>What grain storage has of a key whose activation has gone.</summary>
[GenerateSerializer, Alias("grains.StoredKey")]
public sealed class StoredKey
{
    [Id(0)]
    public KeyImage? Image { get; set; }
}
