namespace Grains.Cache;

/// <summary>The answer to a write with an op_id, until it lapses.</summary>
public readonly record struct RememberedAnswer(string OpId, string Operation, CacheReply Reply, long LapsesAtUs);
