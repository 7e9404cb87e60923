using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.Enumeration;
using Grains.Engine;
using Grains.Functions.Binding;

namespace Grains.Functions;

/// <summary>
/// The functions that every server has and nobody else can offer: <c>echo</c>, <c>echos</c>, <c>ping</c>, and the questions what
/// there is (<c>rpc_list</c>, <c>rpc_describe</c>, <c>list_peers</c>, <c>cluster_map</c>). They end at once, so an engine runs them
/// on the caller's thread and counts no places.
/// </summary>
internal sealed class BuiltInFunctions
{
    private static readonly FrozenDictionary<string, FunctionOffer> ByName = new FunctionOffer[]
    {
        new("echo") { Description = "Its argument.", Parameters = ["value"] },
        new("echos") { Description = "Its arguments as an array.", Parameters = ["values"] },
        new("ping") { Description = "\"pong\"." },
        new("rpc_list") { Description = "The functions there are.", Parameters = ["query"] },
        new("rpc_describe") { Description = "The functions there are, with their providers.", Parameters = ["query"] },
        new("list_peers") { Description = "The other nodes.", Parameters = ["query"] },
        new("cluster_map") { Description = "All nodes.", Parameters = ["query"] },
    }.ToFrozenDictionary(static offer => offer.Function, StringComparer.Ordinal);

    private static readonly Value Pong = Value.Json("\"pong\"");
    private static readonly Value EmptyArray = Value.Json("[]");

    private readonly IFunctionEngine _engine;
    private readonly FunctionCatalog _catalog;
    private readonly Provider _provider;

    /// <param name="engine">Whose functions are listed.</param>
    /// <param name="node">Where this is.</param>
    /// <param name="time">For <c>generated_at</c>.</param>
    public BuiltInFunctions(IFunctionEngine engine, NodeInfo node, TimeProvider time)
    {
        _engine = engine;
        _catalog = new FunctionCatalog(node, time);
        _provider = new Provider(default, ByName["ping"] with { Locs = node.Resources }, function: null, concurrencyMax: 1);
    }

    public static bool IsReserved(string? name) => name is not null && ByName.ContainsKey(name);

    /// <summary>Runs the call if it is one of these. One with a target is not: it goes to that connection alone.</summary>
    /// <returns>False when it is not.</returns>
    public bool TryRun(FunctionCall call, out ValueTask<CallReply> reply)
    {
        reply = default;
        if (!call.Target.IsNone || !ByName.TryGetValue(call.Function, out var offer))
            return false;
        reply = IsOffered(call) ? RunAsync(offer.Function, call) : new(FunctionErrors.NotFound(call.Function));
        return true;
    }

    /// <summary>Those that match a glob, with the node's resources as their tags.</summary>
    public static IEnumerable<FunctionInfo> Matching(string pattern, ImmutableArray<string> locs) => ByName.Values
        .Where(offer => FileSystemName.MatchesSimpleExpression(pattern, offer.Function, ignoreCase: false))
        .Select(offer => new FunctionInfo(offer with { Locs = locs }, "", 0));

    private bool IsOffered(FunctionCall call) =>
        call.Locs.IsDefaultOrEmpty || new ProviderRequest(call.Locs, default).Admits(_provider, out _);

    private ValueTask<CallReply> RunAsync(string function, FunctionCall call) => function switch
    {
        "echo" => new(Echo(call)),
        "echos" => new(Echos(call)),
        "ping" => new(CallReply.Ok(Pong)),
        "list_peers" => NodesAsync(_catalog.Peers),
        "cluster_map" => NodesAsync(_catalog.Map),
        _ => ListAsync(call, detailed: function == "rpc_describe"),
    };

    private static CallReply Echo(FunctionCall call)
    {
        if (CallArguments.TryOnly(call.Arguments, call.Keywords, out var only))
            return CallReply.Ok(only);
        if (CallArguments.TryCut(call.Arguments, call.Keywords, out var cut) is { } wrong)
            return FunctionErrors.InvalidArguments(wrong);
        if (cut.Positional.Count + cut.Keywords.Count != 1)
            return FunctionErrors.InvalidArguments($"echo() takes 1 argument but {cut.Positional.Count + cut.Keywords.Count} were given.");
        return CallReply.Ok(cut.Positional.Count == 1 ? cut.Positional[0] : cut.Keywords[0].Value);
    }

    private static CallReply Echos(FunctionCall call)
    {
        if (CallArguments.TryCut(call.Arguments, call.Keywords, out var cut) is { } wrong)
            return FunctionErrors.InvalidArguments(wrong);
        if (cut.Keywords.Count > 0)
            return FunctionErrors.InvalidArguments("echos() takes no keyword arguments.");
        return CallReply.Ok(call.Arguments.IsNone ? EmptyArray : call.Arguments);
    }

    private async ValueTask<CallReply> NodesAsync(Func<ImmutableArray<NodeInfo>, Value> write) => CallReply.Ok(write(await _engine.NodesAsync()));

    private async ValueTask<CallReply> ListAsync(FunctionCall call, bool detailed)
    {
        if (FunctionQuery.TryRead(call, out var query) is { } wrong)
            return FunctionErrors.InvalidArguments(wrong);
        var functions = await _engine.ListAsync(query.Name is null ? query.Pattern ?? "*" : "*");
        if (query.Name is { } name)
            functions = functions.RemoveAll(info => info.Offer.Function != name);
        return CallReply.Ok(_catalog.List(functions, query, detailed));
    }
}
