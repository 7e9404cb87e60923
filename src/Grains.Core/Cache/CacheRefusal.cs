namespace Grains.Cache;

/// <summary>Why an operation is refused: nothing was touched. An object of its own, so that checking costs an operation that is not refused no room
/// for an answer.</summary>
/// <param name="Error">The code.</param>
/// <param name="Message">For people.</param>
public sealed record CacheRefusal(ErrorCode Error, string Message)
{
    /// <param name="existed">The key was there.</param>
    public CacheReply ToReply(bool existed = false) => CacheReply.Fail(Error, Message, existed);
}
