using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Cluster;

/// <summary>
/// The silos of the cluster as this one sees them. What has to reach every silo is asked of each that is active; one that does not answer is
/// asked again until it does or the cluster has given it up.
/// </summary>
internal sealed partial class Silos(
    IClusterMembershipService membership, ILocalSiloDetails local, TimeProvider time, ILogger<Silos> logger) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A silo that the cluster still believes in is asked again for so long; one question may take as long as Orleans waits for an
    /// answer.</summary>
    private static readonly TimeSpan AskedFor = TimeSpan.FromSeconds(10);

    /// <summary>For longer than the cluster takes to give up a silo that has gone without a word.</summary>
    private static readonly TimeSpan PatientlyAskedFor = TimeSpan.FromMinutes(10);

    private volatile bool _isStopped;

    public SiloAddress Local { get; } = local.SiloAddress;

    /// <summary>This one, and the others that are active or stop in order: those still have keys and topics, and answer for them.</summary>
    public IReadOnlyList<SiloAddress> Active
    {
        get
        {
            var active = new List<SiloAddress> { Local };
            foreach (var (silo, member) in membership.CurrentSnapshot.Members)
            {
                if (member.Status is SiloStatus.Active or SiloStatus.ShuttingDown && !silo.Equals(Local))
                    active.Add(silo);
            }

            return active;
        }
    }

    public IEnumerable<SiloAddress> Others => Active.Skip(1);

    public bool IsActive(SiloAddress silo) => silo.Equals(Local) || membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Active;

    /// <summary>False once the cluster has declared the silo dead, or this one has stopped. One that this silo has not seen yet may live.</summary>
    public bool MayLive(SiloAddress silo) => !_isStopped
        && (silo.Equals(Local) || membership.CurrentSnapshot.GetSiloStatus(silo) != SiloStatus.Dead);

    /// <summary>Asks every active silo at once.</summary>
    /// <param name="ask">Asks one; repeated while it does not answer.</param>
    /// <param name="patiently">Wait until a silo that does not answer is given up by the cluster.</param>
    /// <returns>The answers; silos that the cluster gave up meanwhile have none.</returns>
    /// <exception cref="NodeLostException">A silo counts as active and does not answer.</exception>
    public async Task<IReadOnlyList<(SiloAddress Silo, T Answer)>> AskAllAsync<T>(Func<SiloAddress, Task<T>> ask, bool patiently = false)
    {
        var answers = await Task.WhenAll(Active.Select(silo => AskAsync(silo, ask, patiently ? PatientlyAskedFor : AskedFor)));
        return [.. answers.OfType<(SiloAddress, T)>()];
    }

    /// <summary>Tells a silo until it has heard or the cluster has given it up, however long that takes. Never fails.</summary>
    public async Task TellAsync(SiloAddress silo, Func<SiloAddress, Task> tell)
    {
        var pause = Pause;
        while (MayLive(silo))
        {
            try
            {
                await tell(silo);
                return;
            }
            catch (Exception error) when (MayLive(silo))
            {
                if (NodeLostException.IsOne(error))
                    Log.NotHeard(logger, silo, error);
                else
                    Log.Failed(logger, silo, error);
            }
            catch (Exception error)
            {
                Log.GivenUp(logger, silo, error);
                return;
            }

            await Task.Delay(pause);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Tells of changes until it is cancelled: silos that have become active, and silos that are gone for good. What fails there is
    /// logged, and the next change is told all the same.</summary>
    /// <param name="joined">Not waited for.</param>
    /// <param name="left">In the order of the changes.</param>
    /// <param name="cancellationToken">Ends it, without an exception.</param>
    public async Task WatchAsync(Func<SiloAddress, Task> joined, Func<SiloAddress, Task> left, CancellationToken cancellationToken)
    {
        var known = new HashSet<SiloAddress>(Active);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
                {
                    foreach (var (silo, member) in snapshot.Members)
                    {
                        if (silo.Equals(Local))
                            continue;
                        if (member.Status == SiloStatus.Active && known.Add(silo))
                            _ = SeeAsync(silo, joined);
                        else if (member.Status == SiloStatus.Dead && known.Remove(silo))
                            await SeeAsync(silo, left);
                    }
                }

                // The membership has ended, and this silo with it.
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Log.WatchFailed(logger, error);
                await Task.Delay(LongestPause, CancellationToken.None);
            }
        }
    }

    public void Dispose() => _isStopped = true;

    private async Task SeeAsync(SiloAddress silo, Func<SiloAddress, Task> see)
    {
        try
        {
            await see(silo);
        }
        catch (Exception error)
        {
            Log.ChangeFailed(logger, silo, error);
        }
    }

    private async Task<(SiloAddress, T)?> AskAsync<T>(SiloAddress silo, Func<SiloAddress, Task<T>> ask, TimeSpan askedFor)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return (silo, await ask(silo));
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                if (!MayLive(silo))
                    return null;
                if (time.GetElapsedTime(started) >= askedFor)
                    throw new NodeLostException($"The silo {silo} does not answer.", error);
            }

            await Task.Delay(Pause);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(320, LogLevel.Warning, "The silo {Silo} has not heard what it was told; it is told again")]
        public static partial void NotHeard(ILogger logger, SiloAddress silo, Exception error);

        [LoggerMessage(321, LogLevel.Error, "The silo {Silo} could not be told something; it is told again")]
        public static partial void Failed(ILogger logger, SiloAddress silo, Exception error);

        [LoggerMessage(322, LogLevel.Information, "The silo {Silo} is gone and is told nothing more")]
        public static partial void GivenUp(ILogger logger, SiloAddress silo, Exception error);

        [LoggerMessage(323, LogLevel.Error, "The changes of the cluster could not be followed; it is tried again")]
        public static partial void WatchFailed(ILogger logger, Exception error);

        [LoggerMessage(324, LogLevel.Error, "That the silo {Silo} has come or gone was not taken in whole")]
        public static partial void ChangeFailed(ILogger logger, SiloAddress silo, Exception error);
    }
}
