using Grains.Engine;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// Decides for one function. The rules are those of one node, run on this silo over connections that may be anywhere. What is offered is known
/// where it is offered; an activation asks for it when it begins, so it can come up on any silo.
/// </summary>
[Reentrant]
internal sealed class FunctionGrain(OrleansFunctions functions) : Grain, IFunctionGrain
{
    private string _name = "";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = this.GetPrimaryKeyString();
        await functions.TakeUpAsync(_name);
        Keep();
    }

    public Task<CallReply> CallAsync(SiloAddress caller, CallCommand command) => functions.DecideAsync(caller, command);

    public Task CancelAsync(string callId) => functions.Host.CancelAsync(callId).AsTask();

    public async Task<CallReply> OfferAsync(SiloAddress silo, ConnectionId provider, FunctionOffer offer)
    {
        var reply = await functions.OfferHereAsync(silo, provider, offer);
        Keep();
        return reply;
    }

    public async Task<bool> WithdrawAsync(ConnectionId provider)
    {
        var withdrawn = await functions.Host.WithdrawAsync(provider, _name);
        Keep();
        return withdrawn;
    }

    public Task CloseAsync(ConnectionId connection)
    {
        functions.CloseHere(connection);
        Keep();
        return Task.CompletedTask;
    }

    public Task CompleteAsync(ConnectionId provider, string callId, CallReply reply) =>
        functions.Host.CompleteAsync(provider, callId, reply).AsTask();

    public Task ReportAsync(ConnectionId provider, string callId, Value item) => functions.Host.ReportAsync(provider, callId, item).AsTask();

    /// <summary>While somebody offers it the activation stays.</summary>
    private void Keep() => DelayDeactivation(functions.Host.IsOffered(_name) ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
}
