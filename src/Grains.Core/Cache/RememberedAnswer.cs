namespace Grains.Cache;

/// <summary>The answer to a write with an op_id, until it lapses.</summary>
public readonly record struct RememberedAnswer(string OpId, CacheReply Reply, long LapsesAtUs);
