using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Cluster;

/// <summary>
/// The silos of the cluster as this one sees them. What has to reach every silo is asked of each that is active; one that does not answer is
/// asked again until it does or the cluster has given it up.
/// </summary>
internal sealed class Silos(IClusterMembershipService membership, ILocalSiloDetails local)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a silo is asked that the cluster still believes in: for some seconds, or for longer than the cluster takes to give up a
    /// silo that has gone without a word.</summary>
    private const int AttemptsMax = 100;

    private const int PatientAttemptsMax = 20 * AttemptsMax;

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

    public bool IsActive(SiloAddress silo) => silo.Equals(Local) || membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Active;

    /// <summary>False once the cluster has declared the silo dead.</summary>
    public bool MayLive(SiloAddress silo) => silo.Equals(Local)
        || membership.CurrentSnapshot.GetSiloStatus(silo) is not (SiloStatus.Dead or SiloStatus.None);

    /// <summary>Asks every active silo at once.</summary>
    /// <param name="ask">Asks one; repeated while it does not answer.</param>
    /// <param name="patiently">Wait until a silo that does not answer is given up by the cluster.</param>
    /// <returns>The answers; silos that the cluster gave up meanwhile have none.</returns>
    /// <exception cref="NodeLostException">A silo counts as active and does not answer.</exception>
    public async Task<IReadOnlyList<(SiloAddress Silo, T Answer)>> AskAllAsync<T>(Func<SiloAddress, Task<T>> ask, bool patiently = false)
    {
        var answers = await Task.WhenAll(Active.Select(silo => AskAsync(silo, ask, patiently ? PatientAttemptsMax : AttemptsMax)));
        return [.. answers.OfType<(SiloAddress, T)>()];
    }

    /// <summary>Tells of changes: silos that have become active, and silos that are gone for good.</summary>
    public async Task WatchAsync(Func<SiloAddress, Task> joined, Func<SiloAddress, Task> left, CancellationToken cancellationToken)
    {
        var known = new HashSet<SiloAddress>(Active);
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellationToken))
        {
            foreach (var (silo, member) in snapshot.Members)
            {
                if (silo.Equals(Local))
                    continue;
                if (member.Status == SiloStatus.Active && known.Add(silo))
                    await joined(silo);
                else if (member.Status == SiloStatus.Dead && known.Remove(silo))
                    await left(silo);
            }
        }
    }

    private async Task<(SiloAddress, T)?> AskAsync<T>(SiloAddress silo, Func<SiloAddress, Task<T>> ask, int attemptsMax)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (silo, await ask(silo));
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                if (!MayLive(silo))
                    return null;
                if (attempt == attemptsMax)
                    throw new NodeLostException($"The silo {silo} does not answer.", error);
            }

            await Task.Delay(Pause);
        }
    }
}
