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
        await topics.JoinAsync();
        await base.Start();
    }

    public Task<long> ClockAsync() => Task.FromResult(topics.Hosted.Clock.Next());

    public Task<long> EnterAsync(SiloAddress silo, Interest interest)
    {
        topics.Hosted.Enter(silo, interest);
        return ClockAsync();
    }

    public Task<StandingReply> BeginAsync(SiloAddress silo, Interest interest, long atUs)
    {
        topics.Hosted.Clock.Observe(atUs);
        return Task.FromResult(new StandingReply(topics.Hosted.Clock.Next(), [.. topics.Hosted.Standing(silo, interest.Id, atUs)]));
    }

    public Task LeaveAsync(SiloAddress silo, Interest interest)
    {
        topics.Hosted.Leave(silo, interest.Id);
        return Task.CompletedTask;
    }

    public Task<StandingReply> LearnAsync(SiloAddress silo, ImmutableArray<Interest> interests)
    {
        foreach (var interest in interests)
            topics.Hosted.Enter(silo, interest);
        var standing = interests.SelectMany(interest => topics.Hosted.Standing(silo, interest.Id, markAtUs: 0)).DistinctBy(s => s.Topic);
        return Task.FromResult(new StandingReply(topics.Hosted.Clock.Next(), [.. standing]));
    }

    public Task<ImmutableArray<Interest>> InterestsAsync() => Task.FromResult(topics.Interests);

    public Task<ImmutableArray<PlaceInTopic>> PushAsync(SiloAddress from, TopicPush push)
    {
        topics.Hosted.Clock.Observe(push.ClockUs);
        return Task.FromResult<ImmutableArray<PlaceInTopic>>([.. push.Parts.Select(topics.Mirrors.Apply).OfType<PlaceInTopic>()]);
    }

    public Task<TopicReply> ListAsync(TopicCommand command) => Task.FromResult(topics.Hosted.Host.Execute(command));

    public Task<ImmutableArray<SubscriberInfo>> PresenceAsync(string topic) =>
        Task.FromResult<ImmutableArray<SubscriberInfo>>([.. topics.Mirrors.Desk.Subscribers(topic)]);
}
