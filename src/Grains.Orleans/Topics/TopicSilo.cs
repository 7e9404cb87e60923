using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>Answers for this silo's topics and subscriptions.</summary>
internal sealed class TopicSilo(GrainId id, Silo silo, ILoggerFactory logging, OrleansTopics topics)
    : GrainService(id, silo, logging), ITopicSilo
{
    public override async Task Start()
    {
        await topics.LookAsync();
        await base.Start();
    }

    public Task<long> ClockAsync() => Task.FromResult(topics.Hosted.Clock.Next());

    public Task<long> EnterAsync(SiloAddress silo, Interest interest)
    {
        topics.Hosted.Enter(silo, interest);
        return ClockAsync();
    }

    public Task<StandingReply> BeginAsync(SiloAddress silo, Interest interest, long atUs, string? after)
    {
        topics.Hosted.Clock.Observe(atUs);
        return Task.FromResult(topics.Hosted.Standing(silo, [interest], atUs, after));
    }

    public Task LeaveAsync(SiloAddress silo, Interest interest)
    {
        topics.Hosted.Leave(silo, interest.Id);
        return Task.CompletedTask;
    }

    public Task<StandingReply> LearnAsync(SiloAddress silo, ImmutableArray<Interest> interests, long from, long to, string? after)
    {
        topics.Hosted.Learn(silo, interests, from, to);
        return Task.FromResult(topics.Hosted.Standing(silo, interests, beginsAtUs: 0, after));
    }

    public Task<ImmutableArray<Interest>> InterestsAsync(long after) => Task.FromResult(topics.Interests.PageAfter(after));

    public Task<ImmutableArray<PlaceInTopic>> PushAsync(SiloAddress from, TopicPush push)
    {
        topics.Hosted.Clock.Observe(push.ClockUs);
        return Task.FromResult<ImmutableArray<PlaceInTopic>>([.. push.Parts.Select(topics.Mirrors.Apply).OfType<PlaceInTopic>()]);
    }

    public Task<TopicReply> ListAsync(TopicCommand command) => Task.FromResult(topics.Hosted.Host.Execute(command));

    public Task<ImmutableArray<SubscriberInfo>> PresenceAsync(string topic) =>
        Task.FromResult<ImmutableArray<SubscriberInfo>>([.. topics.Mirrors.Desk.Subscribers(topic)]);
}
