using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Services;

namespace Grains.Orleans.Topics;

/// <summary>What silos say to each other about topics.</summary>
[Alias("grains.ITopicSilo")]
public interface ITopicSilo : IGrainService
{
    /// <summary>A reading of this silo's clock.</summary>
    [Alias("clock")]
    Task<long> ClockAsync();

    /// <summary>A subscription of another silo is about to begin: from now on what matches is sent there.</summary>
    /// <returns>A reading of this silo's clock.</returns>
    [Alias("enter")]
    Task<long> EnterAsync(SiloAddress silo, [Immutable] Interest interest);

    /// <summary>It begins at a reading of the clock that every silo has seen; what is appended here afterwards has a later one.</summary>
    /// <returns>The topics here that match, as they stand after that: those that come after a name, as many as a page has.</returns>
    [Alias("begin")]
    Task<StandingReply> BeginAsync(SiloAddress silo, [Immutable] Interest interest, long atUs, string? after);

    /// <summary>A subscription of another silo has ended.</summary>
    [Alias("leave")]
    Task LeaveAsync(SiloAddress silo, [Immutable] Interest interest);

    /// <summary>The subscriptions of another silo after the one with a number, up to another one: others between them have ended.</summary>
    /// <returns>The topics here that match any of them, in pages like those of <see cref="BeginAsync"/>.</returns>
    [Alias("learn")]
    Task<StandingReply> LearnAsync(SiloAddress silo, [Immutable] ImmutableArray<Interest> interests, long from, long to, string? after);

    /// <summary>The subscriptions of this silo after the one with a number, as many as a page has; none when there are no more.</summary>
    [Alias("interests")]
    Task<ImmutableArray<Interest>> InterestsAsync(long after);

    /// <summary>Takes what another silo has of the topics it hosts.</summary>
    /// <returns>For pieces that do not follow what is here: where to send from instead.</returns>
    [Alias("push")]
    Task<ImmutableArray<PlaceInTopic>> PushAsync(SiloAddress from, [Immutable] TopicPush push);

    /// <summary>The topics hosted here.</summary>
    [Alias("list")]
    Task<TopicReply> ListAsync([Immutable] TopicCommand command);

    /// <summary>The subscribers of a topic that are connected here.</summary>
    [Alias("presence")]
    Task<ImmutableArray<SubscriberInfo>> PresenceAsync(string topic);
}
