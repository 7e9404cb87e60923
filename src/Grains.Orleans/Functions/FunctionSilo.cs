using System.Collections.Immutable;
using Grains.Engine;
using Grains.Functions;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>Answers for this silo's functions and for its connections as callers and providers.</summary>
[Reentrant]
internal sealed class FunctionSilo(GrainId id, Silo silo, ILoggerFactory logging, OrleansFunctions functions)
    : GrainService(id, silo, logging), IFunctionSilo
{
    public override async Task Start()
    {
        await functions.JoinAsync();
        await base.Start();
    }

    public Task<bool> InvokeAsync(SiloAddress decider, ConnectionId provider, Invocation invocation) =>
        Task.FromResult(functions.InvokeHere(decider, provider, invocation));

    public Task CompleteAsync(ConnectionId provider, string callId, CallReply reply) =>
        functions.Host.CompleteAsync(provider, callId, reply).AsTask();

    public Task ItemAsync(ConnectionId provider, string callId, Value item) => functions.Host.ReportAsync(provider, callId, item).AsTask();

    public Task CancelInvocationAsync(ConnectionId provider, string callId, ErrorCode reason)
    {
        functions.CancelHere(provider, callId, reason);
        return Task.CompletedTask;
    }

    public Task ReportAsync(ConnectionId caller, string callId, Value item)
    {
        functions.ReportHere(caller, callId, item);
        return Task.CompletedTask;
    }

    public Task<DecidedReply> CallAsync(SiloAddress caller, CallCommand command) => functions.DecideAsync(caller, command);

    public Task CancelAsync(string callId) => functions.Host.CancelAsync(callId).AsTask();

    public Task<ImmutableArray<OfferedHere>> OffersAsync(string function) => Task.FromResult(functions.OffersOf(function));

    public Task NamesAsync(SiloAddress silo, ImmutableArray<FunctionName> changed)
    {
        foreach (var name in changed)
            functions.Learn(silo, name);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<FunctionName>> OwnNamesAsync() => Task.FromResult(functions.OwnNames);

    public Task<ImmutableArray<FunctionInfo>> ListAsync(string pattern) => functions.Host.ListAsync(pattern).AsTask();

    public Task<NodeInfo> NodeAsync() => Task.FromResult(functions.Node);

    public Task<bool> IsOpenAsync(ConnectionId connection) => Task.FromResult(functions.IsOpenHere(connection));

    public Task CallerClosedAsync(ConnectionId connection)
    {
        functions.CloseHere(connection);
        return Task.CompletedTask;
    }
}
