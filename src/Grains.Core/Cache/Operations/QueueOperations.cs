namespace Grains.Cache;

/// <summary>Operations on queues (in at the end, out at the front) and stacks (in and out at the end): words for the ends of a list.</summary>
internal static class QueueOperations
{
    public static readonly CacheOperation[] Rows =
    [
        ListOperations.PushRow("queue.enqueue"),
        ListOperations.PopRow("queue.dequeue", 0, "Queue is empty"),
        ListOperations.PeekRow("queue.peek", 0, "Queue is empty"),
        ListOperations.SizeRow("queue.size"),
        ListOperations.ClearRow("queue.clear"),
        ListOperations.PushRow("stack.push"),
        ListOperations.PopRow("stack.pop", -1, "Stack is empty"),
        ListOperations.PeekRow("stack.peek", -1, "Stack is empty"),
        ListOperations.SizeRow("stack.size"),
        ListOperations.ClearRow("stack.clear"),
    ];
}
