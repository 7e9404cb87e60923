using Grains.Engine;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// Decides for one function. The rules are those of one node, run on this silo over connections that may be anywhere. What is offered is known
/// where it is offered; an activation asks for it when it begins, so it can come up on any silo. The best is one where it is offered.
/// </summary>
[Reentrant, PreferLocalPlacement]
internal sealed class FunctionGrain(OrleansFunctions functions) : Grain, IFunctionGrain
{
    private string _name = "";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = this.GetPrimaryKeyString();
        await functions.TakeUpAsync(_name, cancellationToken);
        Keep();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        var isOffered = functions.Host.IsOffered(_name);
        await functions.LetGoAsync(_name);
        // It comes up elsewhere at once, so that the function is still listed.
        if (isOffered && reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
            GrainContext.Migrate(null, cancellationToken);
    }

    public Task<SiloAddress> WhereAsync() => Task.FromResult(functions.Local);

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

    /// <summary>While somebody offers it the activation stays.</summary>
    private void Keep() => DelayDeactivation(functions.Host.IsOffered(_name) ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
}
