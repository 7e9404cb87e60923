using Grains.Topics;

namespace Grains.Local;

/// <summary>A write with an op_id has its effect once; whoever comes again gets the first answer. In the topic's turn.</summary>
internal static class OpIdRule
{
    private const int OpIdCharsMax = 255;

    /// <param name="remembered">The first answer, when there was one.</param>
    /// <returns>Why the write is refused, or null.</returns>
    public static (ErrorCode Code, string Message)? Recall<TReply>(
        TopicState topic, string? opId, long nowUs, TopicOptions options, out TReply? remembered)
        where TReply : class
    {
        remembered = null;
        if (opId is null)
            return null;
        if (opId.Length is 0 or > OpIdCharsMax)
            return (ErrorCode.InvalidArgument, $"An op_id has 1 to {OpIdCharsMax} characters.");
        topic.OpIds.Forget(nowUs);
        if (topic.OpIds.Find(opId) is { } answer)
        {
            remembered = answer as TReply;
            return remembered is null ? (ErrorCode.InvalidArgument, "The op_id belongs to another operation on this topic.") : null;
        }

        if (topic.OpIds.Count >= options.OpIdsPerTopicMax)
            return (ErrorCode.OpIdMemoryFull, $"The topic remembers {options.OpIdsPerTopicMax} op_ids.");
        return topic.OpIds.HasRoomFor(opId)
            ? null
            : (ErrorCode.OpIdMemoryFull, $"The op_ids of all topics take {options.Budgets.OpIdBytesMax} bytes.");
    }

    public static void Remember(TopicState topic, string? opId, object answer, long nowUs, TopicOptions options)
    {
        if (opId is not null)
            topic.OpIds.Add(opId, answer, nowUs + options.OpIdKeepFor.ToUs());
    }
}
