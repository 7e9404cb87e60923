using Grains.Tests.Functions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Waits for what a silo knows of its cluster.</summary>
internal static class Membership
{
    /// <summary>Ends when so many silos are active in the eyes of this one.</summary>
    public static async Task UntilActiveAsync(IServiceProvider silo, int count)
    {
        using var limit = new CancellationTokenSource(Guard.Limit);
        await foreach (var snapshot in silo.GetRequiredService<IClusterMembershipService>().MembershipUpdates.WithCancellation(limit.Token))
        {
            if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) == count)
                return;
        }
    }
}
