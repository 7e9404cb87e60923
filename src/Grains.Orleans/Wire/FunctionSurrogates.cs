using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A function as a provider offers it.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.FunctionOffer")]
internal struct FunctionOfferSurrogate
{
    [Id(0)] public string Function;
    [Id(1)] public string[]? Locs;
    [Id(2)] public int Priority;
    [Id(3)] public int? ConcurrencyMax;
    [Id(4)] public string? Description;
    [Id(5)] public string[]? Parameters;
    [Id(6)] public string? Version;
    [Id(7)] public TimeSpan? CacheFor;
}

[RegisterConverter, RegisterCopier]
internal sealed class FunctionOfferConverter : ShallowCopier<FunctionOffer>, IConverter<FunctionOffer, FunctionOfferSurrogate>
{
    private const string UsualVersion = "1.0.0";

    public FunctionOfferSurrogate ConvertToSurrogate(in FunctionOffer value) => new()
    {
        Function = value.Function,
        Locs = value.Locs.Items(),
        Priority = value.Priority,
        ConcurrencyMax = value.ConcurrencyMax,
        Description = value.Description.Unless(""),
        Parameters = value.Parameters.Items(),
        Version = value.Version.Unless(UsualVersion),
        CacheFor = value.CacheFor,
    };

    public FunctionOffer ConvertFromSurrogate(in FunctionOfferSurrogate surrogate) => new(surrogate.Function)
    {
        Locs = surrogate.Locs.Frozen(),
        Priority = surrogate.Priority,
        ConcurrencyMax = surrogate.ConcurrencyMax,
        Description = surrogate.Description ?? "",
        Parameters = surrogate.Parameters.Frozen(),
        Version = surrogate.Version ?? UsualVersion,
        CacheFor = surrogate.CacheFor,
    };
}

/// <summary>A provider of a function.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.FunctionInfo")]
internal struct FunctionInfoSurrogate
{
    [Id(0)] public FunctionOffer Offer;
    [Id(1)] public string ConnectionId;
    [Id(2)] public int Running;
}

[RegisterConverter, RegisterCopier]
internal sealed class FunctionInfoConverter : ShallowCopier<FunctionInfo>, IConverter<FunctionInfo, FunctionInfoSurrogate>
{
    public FunctionInfoSurrogate ConvertToSurrogate(in FunctionInfo value) =>
        new() { Offer = value.Offer, ConnectionId = value.ConnectionId, Running = value.Running };

    public FunctionInfo ConvertFromSurrogate(in FunctionInfoSurrogate surrogate) => new(surrogate.Offer, surrogate.ConnectionId, surrogate.Running);
}
