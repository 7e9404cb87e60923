using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>A membership that a test decides, and the silos as the engine sees them through it.</summary>
internal sealed class KnownSilos : IClusterMembershipService, ILocalSiloDetails, IDisposable
{
    private readonly Channel<ClusterMembershipSnapshot> _updates = Channel.CreateUnbounded<ClusterMembershipSnapshot>();
    private volatile ClusterMembershipSnapshot _snapshot;

    public KnownSilos(ILogger<Silos> logger, TimeProvider? time = null)
    {
        _snapshot = new ClusterMembershipSnapshot(Members((SiloAddress, SiloStatus.Active)), new MembershipVersion(0));
        Silos = new Silos(this, this, time ?? TimeProvider.System, logger);
    }

    public Silos Silos { get; }

    public ClusterMembershipSnapshot CurrentSnapshot => _snapshot;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => _updates.Reader.ReadAllAsync();

    public string Name => "here";

    public string ClusterId => "test";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress { get; } = Address(0);

    public SiloAddress GatewayAddress => SiloAddress;

    public static SiloAddress Address(int port) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1);

    public void Set(SiloAddress silo, SiloStatus status)
    {
        var members = _snapshot.Members.SetItem(silo, new ClusterMember(silo, status, $"{silo}"));
        _snapshot = new ClusterMembershipSnapshot(members, new MembershipVersion(_snapshot.Version.Value + 1));
        _updates.Writer.TryWrite(_snapshot);
    }

    ValueTask IClusterMembershipService.Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken) => default;

    public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(false);

    public void Dispose() => Silos.Dispose();

    private static ImmutableDictionary<SiloAddress, ClusterMember> Members(params (SiloAddress Silo, SiloStatus Status)[] members) =>
        members.ToImmutableDictionary(member => member.Silo, member => new ClusterMember(member.Silo, member.Status, $"{member.Silo}"));
}
