using Grains.Local;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Topics;

/// <summary>One list of what several silos have is no longer than the list of one, and what is left out is behind its cursor.</summary>
public sealed class TopicListsTests
{
    [Theory]
    [InlineData(null, TopicAdministration.ListMax)]
    [InlineData(10 * TopicAdministration.ListMax, TopicAdministration.ListMax)]
    [InlineData(7, 7)]
    public void A_list_has_as_many_topics_as_were_asked_for_and_no_more_than_one_silo_lists(int? limit, int expected)
    {
        const int Each = TopicAdministration.ListMax - 1;
        var merged = TopicLists.Merge(List(limit), [Answer(0, Names(0, Each)), Answer(1, Names(1, Each))]);
        Assert.Equal(Enumerable.Range(0, expected).Select(Name), merged.Topics.Select(topic => topic.Name));
        Assert.Equal(Name(expected - 1), merged.Cursor);
    }

    [Fact]
    public void A_silo_that_has_more_stands_for_itself_up_to_its_cursor()
    {
        var whole = Names(1, 20);
        var merged = TopicLists.Merge(List(null), [Answer(0, Names(0, 5), Name(8)), Answer(1, whole)]);
        Assert.Equal(Enumerable.Range(0, 9).Select(Name), merged.Topics.Select(topic => topic.Name));
        Assert.Equal(Name(8), merged.Cursor);
    }

    [Fact]
    public void A_list_of_everything_has_no_cursor()
    {
        var merged = TopicLists.Merge(List(null), [Answer(0, Names(0, 5)), Answer(1, Names(1, 5))]);
        Assert.Equal(10, merged.Topics.Length);
        Assert.Null(merged.Cursor);
    }

    private static TopicCommand List(int? limit) => new("list", "") { Pattern = "#", Limit = limit };

    private static (SiloAddress, TopicReply) Answer(int silo, IEnumerable<string> names, string? cursor = null) =>
        (KnownSilos.Address(silo), new TopicReply { Topics = [.. names.Select(name => new TopicDescription(name))], Cursor = cursor });

    /// <summary>Every other one.</summary>
    private static IEnumerable<string> Names(int first, int count) => Enumerable.Range(0, count).Select(i => Name(first + (2 * i)));

    private static string Name(int number) => $"topic-{number:D6}";
}
