using Grains.Cache;
using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Wire;
using Grains.Topics;
using Orleans.Serialization.Configuration;

[assembly: TypeManifestProvider(typeof(WireTypes))]

namespace Grains.Orleans.Wire;

/// <summary>
/// The numbers of the types. Every answer says its type: a number takes two bytes, a name more than forty. A number belongs to its type
/// for good: new types take new ones. Orleans' own are below a thousand.
/// </summary>
internal sealed class WireTypes : TypeManifestProviderBase
{
    protected override void ConfigureInner(TypeManifestOptions options)
    {
        var types = options.WellKnownTypeIds;
        types.Add(1001, typeof(Value));
        types.Add(1002, typeof(ConnectionId));
        types.Add(1003, typeof(ConnectionInfo));

        types.Add(1021, typeof(CacheKey));
        types.Add(1022, typeof(CacheCommand));
        types.Add(1023, typeof(StructureArguments));
        types.Add(1024, typeof(FieldUpdate));
        types.Add(1025, typeof(ScoredValue));
        types.Add(1026, typeof(EntryMetadata));
        types.Add(1027, typeof(CacheReply));
        types.Add(1028, typeof(EntryInfo));
        types.Add(1029, typeof(NamespaceCommand));
        types.Add(1030, typeof(NamespaceReply));
        types.Add(1031, typeof(EntrySnapshot));
        types.Add(1032, typeof(Expiry));
        types.Add(1033, typeof(KeyImage));
        types.Add(1034, typeof(RememberedAnswer));

        types.Add(1041, typeof(TopicMessage));
        types.Add(1042, typeof(TopicRecord));
        types.Add(1043, typeof(TopicPosition));
        types.Add(1044, typeof(TopicGap));
        types.Add(1045, typeof(Delivery));
        types.Add(1046, typeof(DeliveryBatch));
        types.Add(1047, typeof(PublishReply));
        types.Add(1048, typeof(TopicPattern));
        types.Add(1049, typeof(SubscribeCommand));
        types.Add(1050, typeof(SubscribeReply));
        types.Add(1051, typeof(TopicRetention));
        types.Add(1052, typeof(TopicCommand));
        types.Add(1053, typeof(TopicDescription));
        types.Add(1054, typeof(SubscriberInfo));
        types.Add(1055, typeof(TopicReply));
        types.Add(1056, typeof(ReadCommand));
        types.Add(1057, typeof(ReadReply));
        types.Add(1058, typeof(LogHeader));

        types.Add(1071, typeof(FunctionOffer));
        types.Add(1072, typeof(FunctionInfo));
        types.Add(1073, typeof(FunctionCall));
        types.Add(1074, typeof(CallCommand));
        types.Add(1075, typeof(Invocation));
        types.Add(1076, typeof(CallReply));
        types.Add(1077, typeof(NodeInfo));

        types.Add(1091, typeof(SessionWelcome));
        types.Add(1092, typeof(SessionBatch));
        types.Add(1093, typeof(SessionEvent.Delivered));
        types.Add(1094, typeof(SessionEvent.SubscriptionEnded));
        types.Add(1095, typeof(SessionEvent.Invoked));
        types.Add(1096, typeof(SessionEvent.InvocationCancelled));
        types.Add(1097, typeof(SessionEvent.Reported));
        types.Add(1098, typeof(SessionEvent.CallEnded));
    }
}
