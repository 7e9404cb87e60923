namespace Grains.Topics;

/// <summary>Names that only the server publishes to. Each front door refuses them to its clients; reading them is free.</summary>
public static class ReservedTopics
{
    private static readonly string[] Prefixes = ["system.", "_internal.", "cache.events."];

    public static bool IsReserved(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        foreach (var prefix in Prefixes)
        {
            if (topic.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
