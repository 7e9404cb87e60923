using System.Collections.Immutable;

namespace Grains.Tests.Topics;

/// <summary>One run of the topic stress: its sizes, and the subscriptions drawn from its seed.</summary>
internal sealed record StressPlan(int Seed)
{
    public const int Connections = 40;
    public const int SubscriptionsEach = 25;
    public const int OldMessages = 2_400;
    public const int LiveMessages = 4_000;
    public const int Publishers = 3;

    private static readonly string[] Families = ["a", "b", "c"];

    /// <summary>What each topic keeps. Either more than is ever published, or so little that readers lose some.</summary>
    public int KeptMessages { get; init; } = 1_000_000;

    /// <summary>Give part of the subscriptions a rule that drops.</summary>
    public bool Drops { get; init; }

    /// <summary>Delete topics meanwhile, so that they come back with new epochs.</summary>
    public bool Deletes { get; init; }

    public bool KeepsAll => KeptMessages > OldMessages + LiveMessages;

    /// <summary>Those that exist from the beginning; the last two of each family come with the live messages.</summary>
    public static ImmutableArray<string> OldTopics { get; } = [.. TopicsUpTo(6)];

    public static ImmutableArray<string> AllTopics { get; } = [.. TopicsUpTo(8)];

    public override string ToString() => $"seed {Seed}, kept {KeptMessages}, drops {Drops}, deletes {Deletes}";

    /// <param name="old">When the old messages were appended, for starts at a time.</param>
    public StressSubscription[] Draw(IReadOnlyList<long> old)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, Connections * SubscriptionsEach).Select(i => Draw(random, i, old))];
    }

    private StressSubscription Draw(Random random, int number, IReadOnlyList<long> old)
    {
        var start = (StartKind)random.Next(0, 4);
        var (patterns, topics) = DrawPatterns(random);
        var command = new SubscribeCommand($"s{number}", patterns)
        {
            Start = start,
            StartOffset = random.Next(2) == 0 ? random.Next(0, 150) : -random.Next(1, 150),
            StartAtUs = old[random.Next(old.Count)],
            BacklogCount = start == StartKind.Time && random.Next(2) == 0 ? random.Next(0, 120) : null,
            QueueMessagesMax = random.Next(1, 40),
            Rule = Drops && random.Next(3) > 0 ? (SlowReaderRule)random.Next(1, 4) : SlowReaderRule.Lag,
        };
        return new StressSubscription(command, topics, number / SubscriptionsEach);
    }

    private static (ImmutableArray<TopicPattern> Patterns, ImmutableArray<string> Topics) DrawPatterns(Random random)
    {
        var (family, member) = (Families[random.Next(3)], random.Next(8));
        return random.Next(10) switch
        {
            < 5 => ([new($"t.{family}.{member}")], [$"t.{family}.{member}"]),
            < 7 => ([new($"t.{family}.*")], [.. AllTopics.Where(topic => topic.StartsWith($"t.{family}.", StringComparison.Ordinal))]),
            < 8 => ([new($"T.*.{member}", FoldCase: true)], [.. AllTopics.Where(topic => topic.EndsWith($".{member}", StringComparison.Ordinal))]),
            < 9 => ([new($"t.{family}.#"), new($"#.{member}"), new($"t.{family}.{member}")],
                [.. AllTopics.Where(topic => topic[2] == family[0] || topic.EndsWith($".{member}", StringComparison.Ordinal))]),
            _ => ([new("t.#")], AllTopics),
        };
    }

    private static IEnumerable<string> TopicsUpTo(int members) =>
        Families.SelectMany(family => Enumerable.Range(0, members).Select(member => $"t.{family}.{member}"));
}

/// <summary>A subscription of the stress: its command, the topics that its patterns match, and which connection it begins on.</summary>
internal sealed record StressSubscription(SubscribeCommand Command, ImmutableArray<string> Topics, int Connection)
{
    /// <summary>The server's time of its first acknowledgement, and of the one after it was cut.</summary>
    public long[] SubscribedAtUs { get; } = new long[2];

    /// <summary>What it was given before it was cut, and after.</summary>
    public IReadOnlyList<Delivery>[] Got { get; } = [[], []];

    public override string ToString() =>
        $"{Command} on {string.Join(' ', Command.Patterns)}, subscribed at {SubscribedAtUs[0]} and {SubscribedAtUs[1]}";
}
