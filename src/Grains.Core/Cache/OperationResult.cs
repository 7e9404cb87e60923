namespace Grains.Cache;

/// <summary>What a row decided: the answer (without what the turn fills in: revisions, entry, existed) and the change, if there is one.</summary>
public readonly record struct OperationResult(CacheReply Reply, CacheChange? Change = null)
{
    public static OperationResult Fail(ErrorCode code, string message) => new(CacheReply.Fail(code, message));
}
