using System.Text;

namespace Grains.Gateway.Protocols.Native;

/// <summary>The members that a message of any role may have at its top. The name on the wire is the snake_case of the name here.</summary>
internal enum Member : byte
{
    Role,
    U,

    // Cache.
    Operation,
    Key,
    Value,
    ValueKind,
    Options,
    Metadata,
    TtlSeconds,
    Sliding,
    KeepTtl,
    Conditions,
    Pattern,
    InvalidationPattern,
    AtomicOperation,
    StructureOperation,
    NamespaceOperation,
    OpId,

    // Topics.
    Message,
    Subscription,
    SubscriptionId,
    Topic,
    Retention,
    Update,
    Before,
    Limit,
    Cursor,
    Epoch,
    Offset,
    BytesMax,

    // Functions.
    Cmds,
    Refs,
    TimeoutMs,
    Stream,
    ReturnIntermediateResults,
    IntermediateResultCallbackTopic,
    IncludeExecutionSummary,
    Function,
    Fun,
    Result,
    Error,

    // Hello.
    Token,
    ApiKey,
}

/// <summary>Finds a member by its name on the wire.</summary>
internal static class MemberNames
{
    public const int Count = (int)Member.ApiKey + 1;
    public const int Unknown = -1;

    private static readonly (byte[] Name, int Member)[][] ByLength = Build();

    /// <summary>The <see cref="Member"/>, or <see cref="Unknown"/>.</summary>
    public static int Find(ReadOnlySpan<byte> name)
    {
        if (name.Length >= ByLength.Length)
            return Unknown;
        foreach (var (candidate, member) in ByLength[name.Length])
        {
            if (name.SequenceEqual(candidate))
                return member;
        }

        return Unknown;
    }

    private static (byte[] Name, int Member)[][] Build()
    {
        var names = Enum.GetValues<Member>().Select(static member => (Name: Encoding.UTF8.GetBytes(Wire(member)), Member: (int)member)).ToArray();
        return [.. Enumerable.Range(0, names.Max(static name => name.Name.Length) + 1)
            .Select(length => names.Where(name => name.Name.Length == length).ToArray())];
    }

    private static string Wire(Member member) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString());
}
