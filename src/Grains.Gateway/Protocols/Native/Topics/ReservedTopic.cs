using Grains.Gateway.Protocols.Json;
using Grains.Topics;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>Refuses names that are the server's own where a client would publish to them.</summary>
internal static class ReservedTopic
{
    public static void Check(string topic, ref FieldFault fault)
    {
        if (!fault.IsSet && ReservedTopics.IsReserved(topic))
            fault.Set($"The topic is the server's own: {topic}", ErrorCode.TopicReserved);
    }
}
