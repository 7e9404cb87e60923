using Orleans;

namespace Grains.Orleans.Topics;

/// <summary>The answer to a write with an op_id, until it lapses. One of the two is there.</summary>
[GenerateSerializer, Immutable, Alias("grains.TopicAnswer")]
public readonly record struct TopicAnswer(
    [property: Id(0)] string OpId, [property: Id(1)] long LapsesAtUs, [property: Id(2)] PublishReply? Publish, [property: Id(3)] TopicReply? Reply);
