using System.Text.RegularExpressions;
using Grains.Cache;

namespace Grains.Tests.Cache;

public sealed class CacheOperationsTests
{
    [Fact]
    public void Every_row_reads_what_it_requires() => Assert.All(
        CacheOperations.All, row => Assert.Equal(CacheArguments.None, (row.Required | row.RequiredAny) & ~row.Reads));

    [Fact]
    public void Only_writes_create_or_expire() => Assert.All(
        CacheOperations.All.Where(row => !row.Writes), row => Assert.Equal(CacheArguments.None, row.Reads & (CacheArguments.Ttl | CacheArguments.CreateIfMissing)));

    [Fact]
    public void Finding_a_row_allocates_nothing()
    {
        CacheOperations.TryGet("sorted_set.get_range", out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            CacheOperations.TryGet("sorted_set.get_range", out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_default_options_are_valid() => Assert.Empty(new CacheOptions().Validate());

    [Fact]
    public void Validation_names_every_setting_that_is_out_of_range()
    {
        var options = new CacheOptions
        {
            MemoryBytesMax = 1, NamespaceCharsMax = 0, IdentifierCharsMax = 0, VersionCharsMax = 5, ValueBytesMax = 1, StructureMembersMax = 0,
            OpIdsPerKeyMax = 0, OpIdKeepFor = TimeSpan.Zero, DefaultPageEntries = 0, PublishChangesOf = [""],
        };
        Assert.Equal(10, options.Validate().Length);
        Assert.Contains("NamespaceCharsMax is 0 and must be from 1 to 1024.", options.Validate());
        Assert.Throws<ArgumentException>(() => new Local.LocalCache(options, new ManualTime(), null));
    }

    [Fact]
    public void Revisions_begin_at_the_clock_or_above_what_was_given_before()
    {
        var time = new ManualTime();
        Assert.Equal(time.NowUs() + 1, new RevisionAllocator(time).Next());
        var ahead = new RevisionAllocator(time, time.NowUs() + 1_000);
        Assert.Equal(time.NowUs() + 1_001, ahead.Next());
        Assert.Equal(time.NowUs() + 1_001, ahead.HighWater);
    }

    [Fact]
    public void Glob_agrees_with_a_regular_expression()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var pattern = Text(random, "ab*?");
            var text = Text(random, "ab");
            var expected = Regex.IsMatch(text, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$");
            Assert.Equal(expected, Glob.IsMatch(pattern, text));
        }
    }

    [Fact]
    public void A_glob_of_many_stars_does_not_explode() =>
        Assert.False(Glob.IsMatch(string.Concat(Enumerable.Repeat("a*", 500)) + "b", new string('a', 2_000)));

    private static string Text(Random random, string letters) =>
        string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => letters[random.Next(letters.Length)]));
}
