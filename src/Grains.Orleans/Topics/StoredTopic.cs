using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>What grain storage has of a topic whose activation has gone.</summary>
[GenerateSerializer, Alias("grains.StoredTopic")]
public sealed class StoredTopic
{
    [Id(0)]
    public TopicImage? Image { get; set; }
}
