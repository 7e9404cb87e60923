using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>An operation over a namespace.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.NamespaceCommand")]
internal struct NamespaceCommandSurrogate
{
    [Id(0)] public string Operation;
    [Id(1)] public string Namespace;
    [Id(2)] public string? Pattern;
    [Id(3)] public int? MaxEntries;
    [Id(4)] public bool DryRun;
    [Id(5)] public string? Cursor;
    [Id(6)] public int? MaxBytes;
    [Id(7)] public Value Data;
    [Id(8)] public string? MergeStrategy;
    [Id(9)] public bool CascadeDependencies;
    [Id(10)] public bool? PublishChanges;
    [Id(11)] public TimeSpan? Timeout;
}

[RegisterConverter, RegisterCopier]
internal sealed class NamespaceCommandConverter : ShallowCopier<NamespaceCommand>, IConverter<NamespaceCommand, NamespaceCommandSurrogate>
{
    private const string UsualPattern = "*";
    private const string UsualStrategy = "overwrite";

    public NamespaceCommandSurrogate ConvertToSurrogate(in NamespaceCommand value) => new()
    {
        Operation = value.Operation,
        Namespace = value.Namespace,
        Pattern = value.Pattern.Unless(UsualPattern),
        MaxEntries = value.MaxEntries,
        DryRun = value.DryRun,
        Cursor = value.Cursor,
        MaxBytes = value.MaxBytes,
        Data = value.Data,
        MergeStrategy = value.MergeStrategy.Unless(UsualStrategy),
        CascadeDependencies = value.CascadeDependencies,
        PublishChanges = value.PublishChanges,
        Timeout = value.Timeout,
    };

    public NamespaceCommand ConvertFromSurrogate(in NamespaceCommandSurrogate surrogate) => new(surrogate.Operation, surrogate.Namespace)
    {
        Pattern = surrogate.Pattern ?? UsualPattern,
        MaxEntries = surrogate.MaxEntries,
        DryRun = surrogate.DryRun,
        Cursor = surrogate.Cursor,
        MaxBytes = surrogate.MaxBytes,
        Data = surrogate.Data,
        MergeStrategy = surrogate.MergeStrategy ?? UsualStrategy,
        CascadeDependencies = surrogate.CascadeDependencies,
        PublishChanges = surrogate.PublishChanges,
        Timeout = surrogate.Timeout,
    };
}

/// <summary>What a namespace operation answers.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.NamespaceReply")]
internal struct NamespaceReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public string[]? Keys;
    [Id(3)] public long Count;
    [Id(4)] public long AffectedCount;
    [Id(5)] public string? Cursor;
    [Id(6)] public Value Data;
    [Id(7)] public bool Truncated;
}

[RegisterConverter, RegisterCopier]
internal sealed class NamespaceReplyConverter : ShallowCopier<NamespaceReply>, IConverter<NamespaceReply, NamespaceReplySurrogate>
{
    public NamespaceReplySurrogate ConvertToSurrogate(in NamespaceReply value) => new()
    {
        Error = (int)value.Error,
        Message = value.Message,
        Keys = value.Keys.Items(),
        Count = value.Count,
        AffectedCount = value.AffectedCount,
        Cursor = value.Cursor,
        Data = value.Data,
        Truncated = value.Truncated,
    };

    public NamespaceReply ConvertFromSurrogate(in NamespaceReplySurrogate surrogate) => new()
    {
        Error = (ErrorCode)surrogate.Error,
        Message = surrogate.Message,
        Keys = surrogate.Keys.Frozen(),
        Count = surrogate.Count,
        AffectedCount = surrogate.AffectedCount,
        Cursor = surrogate.Cursor,
        Data = surrogate.Data,
        Truncated = surrogate.Truncated,
    };
}
