namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>Topic names that are the server's own: clients may subscribe to them and not publish.</summary>
internal static class ReservedTopics
{
    public static bool IsReserved(string topic) =>
        topic.StartsWith("system.", StringComparison.Ordinal)
        || topic.StartsWith("_internal.", StringComparison.Ordinal)
        || topic.StartsWith("cache.events.", StringComparison.Ordinal);

    public static string MessageOf(string topic) => $"The topic is the server's own: {topic}";
}
