using Grains.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>A subscription as the index of every silo has it: whose it is, and what it matches.</summary>
internal sealed class RemoteSubscription(SiloAddress silo, Interest interest)
{
    public SiloAddress Silo { get; } = silo;

    public long Id { get; } = interest.Id;

    public TopicMatcher[] Matchers { get; } = [.. interest.Patterns.Select(pattern => new TopicMatcher(pattern))];

    public bool Matches(string topic) => Matchers.Any(matcher => matcher.Matches(topic));
}
