using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Orleans.Cluster;
using Grains.Topics.Subscriptions;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// What the other silos know of this one's subscriptions: each is entered everywhere before it begins, told to silos that join, and taken back when
/// it ends. What is asked and answered goes in pages, so that no message grows with the number of subscriptions or of topics.
/// </summary>
internal sealed class SiloInterests(HostedTopics hosted, Silos silos, TopicSilos others)
{
    /// <summary>Characters of patterns in one page of subscriptions, about.</summary>
    private const int PageChars = 128 * 1024;

    /// <summary>How long it is waited for that every silo has heard of an end.</summary>
    private static readonly TimeSpan LeftWithin = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Subscription, Interest> _interests = new();
    private readonly ConcurrentDictionary<Interest, Task> _entering = new();
    private readonly ConcurrentDictionary<Subscription, Task> _leaving = new();
    // Whoever reads the last number finds everything up to it that has not ended.
    private readonly Lock _numbering = new();
    private long _lastInterest = DateTime.UtcNow.Ticks;

    /// <summary>The subscriptions of this silo after one of them, as many as a page has; none when there are no more.</summary>
    public ImmutableArray<Interest> PageAfter(long id) =>
        PageOf(_interests.Values.Where(interest => interest.Id > id).OrderBy(interest => interest.Id));

    /// <summary>What the others' connections subscribe to, and no longer what has ended since it was last looked.</summary>
    public Task LookAsync() => silos.AskAllAsync(async silo =>
    {
        if (silo.Equals(silos.Local))
            return true;
        var ended = hosted.InterestsOf(silo);
        var page = await others.Of(silo).InterestsAsync(after: 0);
        for (; !page.IsEmpty; page = await others.Of(silo).InterestsAsync(page[^1].Id))
        {
            foreach (var interest in page)
            {
                hosted.Enter(silo, interest);
                ended.Remove(interest.Id);
            }
        }

        foreach (var id in ended)
            hosted.Leave(silo, id);
        hosted.Clock.Observe(await others.Of(silo).ClockAsync());
        return true;
    });

    /// <summary>Enters a subscription on every silo; this silo's clock is then past every reading of theirs.</summary>
    public async Task<Interest> EnterAsync(Subscription subscription)
    {
        Interest interest;
        lock (_numbering)
            _interests[subscription] = interest = new Interest(++_lastInterest, subscription.Command.Patterns);
        // A subscription that begins without a silo that may still be there would miss what is published there.
        var entering = silos.AskAllAsync(silo => EnterAsync(silo, interest), patiently: true);
        _entering[interest] = entering;
        try
        {
            foreach (var (_, clockUs) in await entering)
                hosted.Clock.Observe(clockUs);
        }
        finally
        {
            _entering.TryRemove(interest, out _);
        }

        return interest;
    }

    /// <summary>Begins it at a reading of this silo's clock, and asks how the topics stand that match.</summary>
    /// <param name="interest">It has entered.</param>
    /// <param name="atUs">The reading.</param>
    /// <param name="topicsMax">A silo that has more topics than this is not asked for the rest.</param>
    public async Task<IReadOnlyList<TopicStanding>> BeginAsync(Interest interest, long atUs, int topicsMax)
    {
        var answers = await silos.AskAllAsync(async silo =>
        {
            var found = new List<TopicStanding>();
            string? after = null;
            do
            {
                var page = await BeginAsync(silo, interest, atUs, after);
                found.AddRange(page.Topics);
                after = page.After;
            }
            while (after is not null && found.Count <= topicsMax);
            return found;
        }, patiently: true);
        return [.. answers.SelectMany(answer => answer.Answer)];
    }

    /// <summary>Tells a silo that has joined of every subscription here, and of none that it knew and that has ended since.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="follow">Takes the topics that it has already.</param>
    public async Task TellAsync(SiloAddress silo, Func<TopicStanding, Task> follow)
    {
        long last;
        lock (_numbering)
            last = _lastInterest;
        var told = new List<Interest>();
        for (long from = 0; from < last; from = told[^1].Id)
        {
            var page = PageAfter(from);
            // The last page is an empty one: behind it nothing is left.
            var to = page.IsEmpty ? last : page[^1].Id;
            string? after = null;
            do
            {
                var answer = await others.Of(silo).LearnAsync(silos.Local, page, from, to, after);
                hosted.Clock.Observe(answer.ClockUs);
                foreach (var topic in answer.Topics)
                    await follow(topic);
                after = answer.After;
            }
            while (after is not null);
            if (page.IsEmpty)
                break;
            told.AddRange(page);
        }

        // The word that it has ended may have overtaken the page that it stood on.
        foreach (var interest in told.Except(_interests.Values))
            await others.Of(silo).LeaveAsync(silos.Local, interest);
    }

    /// <summary>A subscription has ended, or has not begun after all: every silo forgets it.</summary>
    public void Leave(Subscription subscription)
    {
        if (!_interests.TryRemove(subscription, out var interest))
            return;
        var leaving = LeaveAsync(interest);
        if (leaving.IsCompleted || !_leaving.TryAdd(subscription, leaving))
            return;
        _ = leaving.ContinueWith(_ => _leaving.TryRemove(subscription, out var _), TaskScheduler.Default);
    }

    /// <summary>Waits until every silo has forgotten the subscriptions of a connection that have ended, though not for one that does not
    /// answer.</summary>
    public Task SettleAsync(ConnectionId connection)
    {
        var leaving = _leaving.Where(pair => pair.Key.Connection.Id == connection).Select(pair => pair.Value).ToArray();
        return leaving.Length == 0 ? Task.CompletedTask : WaitAsync(Task.WhenAll(leaving));
    }

    private static async Task WaitAsync(Task leaving) =>
        await leaving.WaitAsync(LeftWithin).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static ImmutableArray<Interest> PageOf(IEnumerable<Interest> interests)
    {
        var page = ImmutableArray.CreateBuilder<Interest>();
        var chars = 0;
        foreach (var interest in interests)
        {
            page.Add(interest);
            if ((chars += 16 + interest.Patterns.Sum(pattern => pattern.Text.Length + 16)) >= PageChars)
                break;
        }

        return page.DrainToImmutable();
    }

    private Task<long> EnterAsync(SiloAddress silo, Interest interest)
    {
        if (!silo.Equals(silos.Local))
            return others.Of(silo).EnterAsync(silos.Local, interest);
        hosted.Enter(silo, interest);
        return Task.FromResult(hosted.Clock.Next());
    }

    private Task<StandingReply> BeginAsync(SiloAddress silo, Interest interest, long atUs, string? after) => silo.Equals(silos.Local)
        ? Task.FromResult(hosted.Standing(silo, [interest], atUs, after))
        : others.Of(silo).BeginAsync(silos.Local, interest, atUs, after);

    private async Task LeaveAsync(Interest interest)
    {
        // A connection may close while its subscription is still becoming known.
        if (_entering.TryGetValue(interest, out var entering))
            await entering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(silos.Active.Select(silo => silos.TellAsync(silo, TellAsync)));

        Task TellAsync(SiloAddress silo)
        {
            if (!silo.Equals(silos.Local))
                return others.Of(silo).LeaveAsync(silos.Local, interest);
            hosted.Leave(silo, interest.Id);
            return Task.CompletedTask;
        }
    }
}
