using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

public sealed class TopicMatcherTests
{
    private static readonly string[] PatternWords = ["a", "b", "A", "", "*", "#", "a*", "##"];
    private static readonly string[] TopicWords = ["a", "b", "A", "B", "", "*", "#", "a*", "##"];

    [Theory]
    [MemberData(nameof(TopicPatternTable.Plain), MemberType = typeof(TopicPatternTable))]
    public void A_pattern_matches_by_words(string pattern, string topic, bool matches) =>
        Assert.Equal(matches, TopicMatcher.Matches(new TopicPattern(pattern), topic));

    [Theory]
    [MemberData(nameof(TopicPatternTable.Exact), MemberType = typeof(TopicPatternTable))]
    public void An_exact_pattern_matches_itself_alone(string pattern, string topic, bool matches) =>
        Assert.Equal(matches, TopicMatcher.Matches(new TopicPattern(pattern, Exact: true), topic));

    [Theory]
    [MemberData(nameof(TopicPatternTable.FoldCase), MemberType = typeof(TopicPatternTable))]
    public void A_folded_pattern_takes_no_regard_of_letter_case(string pattern, string topic, bool matches) =>
        Assert.Equal(matches, TopicMatcher.Matches(new TopicPattern(pattern, FoldCase: true), topic));

    [Theory]
    [MemberData(nameof(TopicPatternTable.ExactFoldCase), MemberType = typeof(TopicPatternTable))]
    public void An_exact_folded_pattern_matches_itself_in_any_letter_case(string pattern, string topic, bool matches) =>
        Assert.Equal(matches, TopicMatcher.Matches(new TopicPattern(pattern, Exact: true, FoldCase: true), topic));

    [Fact]
    public void Random_patterns_match_as_a_naive_recursion_does()
    {
        const int Seed = 20_260_101, Cases = 200_000;
        var random = new Random(Seed);
        for (var i = 0; i < Cases; i++)
        {
            var text = Words(random, PatternWords);
            var topic = Words(random, TopicWords);
            var pattern = new TopicPattern(text, Exact: random.Next(8) == 0, FoldCase: random.Next(4) == 0);
            var expected = NaiveMatches(pattern, topic);
            Assert.True(
                expected == TopicMatcher.Matches(pattern, topic),
                $"seed {Seed}, case {i}: {pattern} and topic '{topic}' should {(expected ? "" : "not ")}match");
        }
    }

    [Fact]
    public void Many_wildcards_against_a_long_topic_take_no_exponential_time()
    {
        // The naive recursion would not end within a lifetime; a hang here is the failure.
        var pattern = new TopicPattern(string.Join('.', Enumerable.Repeat("#.a.*", 40)) + ".b");
        var topic = string.Join('.', Enumerable.Repeat("a", 500));
        Assert.False(TopicMatcher.Matches(pattern, topic));
        Assert.True(TopicMatcher.Matches(pattern, topic + ".b"));
    }

    [Theory]
    [InlineData("system.presence.a", true)]
    [InlineData("system.", true)]
    [InlineData("_internal.x", true)]
    [InlineData("cache.events.users", true)]
    [InlineData("system", false)]
    [InlineData("systems.a", false)]
    [InlineData("a.system.b", false)]
    [InlineData("cache.events", false)]
    [InlineData("cache.invalidation.pattern.ml.*", false)]
    [InlineData("System.a", false)]
    public void The_servers_own_names_begin_with_its_prefixes(string topic, bool reserved) =>
        Assert.Equal(reserved, ReservedTopics.IsReserved(topic));

    private static string Words(Random random, string[] words)
    {
        string text;
        do
            text = string.Join('.', Enumerable.Range(0, random.Next(1, 7)).Select(_ => words[random.Next(words.Length)]));
        while (text.Length == 0);
        return text;
    }

    /// <summary>The definition, word by word, with no thought of time.</summary>
    private static bool NaiveMatches(TopicPattern pattern, string topic)
    {
        var comparer = pattern.FoldCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        return pattern.Exact ? comparer.Equals(pattern.Text, topic) : Matches(pattern.Text.Split('.'), topic.Split('.'));

        bool Matches(ReadOnlySpan<string> words, ReadOnlySpan<string> rest) => words switch
        {
            [] => rest.IsEmpty,
            ["#", .. var after] => Matches(after, rest) || (!rest.IsEmpty && Matches(words, rest[1..])),
            [var word, .. var after] => !rest.IsEmpty && (word == "*" || comparer.Equals(word, rest[0])) && Matches(after, rest[1..]),
        };
    }
}
