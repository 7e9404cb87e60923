using Grains.Orleans.Cluster;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>Tells who decides functions what has ended at this silo's connections, until it is heard; nobody waits long for that.</summary>
/// <param name="grains">Finds who decides.</param>
/// <param name="silos">The silos there are.</param>
/// <param name="tellClosed">Tells one that a connection has closed.</param>
internal sealed class EndTeller(IGrainFactory grains, Silos silos, Func<SiloAddress, ConnectionId, Task> tellClosed)
{
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(5);

    /// <summary>Waits until something has been heard, though not for one that does not answer.</summary>
    public static async Task HeardAsync(Task told) =>
        await told.WaitAsync(HeardWithin).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Every silo may decide something of the connection.</summary>
    public Task TellClosedAsync(ConnectionId connection) =>
        Task.WhenAll(silos.Active.Select(silo => silos.TellAsync(silo, other => tellClosed(other, connection))));

    /// <summary>The connection made calls.</summary>
    public async Task TellClosedAsync(ConnectionId connection, IReadOnlyList<OutgoingCall> calls)
    {
        await Task.WhenAll([TellClosedAsync(connection), .. calls.Select(call => call.LoseCallerAsync())]);
        // A call may have come to its silo after what was said there.
        if (calls.Count > 0)
            await TellClosedAsync(connection);
    }

    /// <summary>The connection was the last that offered the function: nothing holds its activation any more.</summary>
    public Task TellClosedAsync(ConnectionId connection, string function) =>
        silos.TellAsync(silos.Local, _ => grains.GetGrain<IFunctionGrain>(function).CloseAsync(connection));

    /// <summary>An offer was taken back; when it is made again meanwhile, that stays.</summary>
    public Task TellWithdrawnAsync(ConnectionId provider, ConnectionOffers connection, string function) =>
        connection.InTurnAsync(function, async () =>
        {
            await silos.TellAsync(silos.Local, _ => connection.Find(function) is null
                ? grains.GetGrain<IFunctionGrain>(function).WithdrawAsync(provider)
                : Task.CompletedTask);
            return true;
        });
}
