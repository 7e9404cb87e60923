using Grains.Engine;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A call of one function.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.FunctionCall")]
internal struct FunctionCallSurrogate
{
    [Id(0)] public string Function;
    [Id(1)] public Value Arguments;
    [Id(2)] public Value Keywords;
    [Id(3)] public string[]? Locs;
    [Id(4)] public TimeSpan? Timeout;
    [Id(5)] public ConnectionId Target;
    [Id(6)] public bool Stream;
}

[RegisterConverter, RegisterCopier]
internal sealed class FunctionCallConverter : ShallowCopier<FunctionCall>, IConverter<FunctionCall, FunctionCallSurrogate>
{
    public FunctionCallSurrogate ConvertToSurrogate(in FunctionCall value) => new()
    {
        Function = value.Function,
        Arguments = value.Arguments,
        Keywords = value.Keywords,
        Locs = value.Locs.Items(),
        Timeout = value.Timeout,
        Target = value.Target,
        Stream = value.Stream,
    };

    public FunctionCall ConvertFromSurrogate(in FunctionCallSurrogate surrogate) => new(surrogate.Function)
    {
        Arguments = surrogate.Arguments,
        Keywords = surrogate.Keywords,
        Locs = surrogate.Locs.Frozen(),
        Timeout = surrogate.Timeout,
        Target = surrogate.Target,
        Stream = surrogate.Stream,
    };
}

/// <summary>A call on its way to its grain.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.CallCommand")]
internal struct CallCommandSurrogate
{
    [Id(0)] public string CallId;
    [Id(1)] public ConnectionId Caller;
    [Id(2)] public FunctionCall Call;
    [Id(3)] public long DeadlineAtUs;
}

[RegisterConverter, RegisterCopier]
internal sealed class CallCommandConverter : ShallowCopier<CallCommand>, IConverter<CallCommand, CallCommandSurrogate>
{
    public CallCommandSurrogate ConvertToSurrogate(in CallCommand value) =>
        new() { CallId = value.CallId, Caller = value.Caller, Call = value.Call, DeadlineAtUs = value.DeadlineAtUs };

    public CallCommand ConvertFromSurrogate(in CallCommandSurrogate surrogate) =>
        new(surrogate.CallId, surrogate.Caller, surrogate.Call, surrogate.DeadlineAtUs);
}

/// <summary>A call as a provider gets it.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.Invocation")]
internal struct InvocationSurrogate
{
    [Id(0)] public string CallId;
    [Id(1)] public string Function;
    [Id(2)] public Value Arguments;
    [Id(3)] public Value Keywords;
    [Id(4)] public ConnectionId Caller;
    [Id(5)] public long DeadlineAtUs;
    [Id(6)] public bool Stream;
}

[RegisterConverter, RegisterCopier]
internal sealed class InvocationConverter : ShallowCopier<Invocation>, IConverter<Invocation, InvocationSurrogate>
{
    public InvocationSurrogate ConvertToSurrogate(in Invocation value) => new()
    {
        CallId = value.CallId,
        Function = value.Function,
        Arguments = value.Arguments,
        Keywords = value.Keywords,
        Caller = value.Caller,
        DeadlineAtUs = value.DeadlineAtUs,
        Stream = value.Stream,
    };

    public Invocation ConvertFromSurrogate(in InvocationSurrogate surrogate) => new(
        surrogate.CallId,
        surrogate.Function,
        surrogate.Arguments,
        surrogate.Keywords,
        surrogate.Caller,
        surrogate.DeadlineAtUs,
        surrogate.Stream);
}

/// <summary>What a call answers.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.CallReply")]
internal struct CallReplySurrogate
{
    [Id(0)] public int Error;
    [Id(1)] public string? Message;
    [Id(2)] public string? Details;
    [Id(3)] public Value Result;
}

[RegisterConverter, RegisterCopier]
internal sealed class CallReplyConverter : ShallowCopier<CallReply>, IConverter<CallReply, CallReplySurrogate>
{
    public CallReplySurrogate ConvertToSurrogate(in CallReply value) =>
        new() { Error = (int)value.Error, Message = value.Message, Details = value.Details, Result = value.Result };

    public CallReply ConvertFromSurrogate(in CallReplySurrogate surrogate) =>
        new() { Error = (ErrorCode)surrogate.Error, Message = surrogate.Message, Details = surrogate.Details, Result = surrogate.Result };
}
