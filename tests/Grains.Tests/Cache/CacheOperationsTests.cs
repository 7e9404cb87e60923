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
        options.MetadataBytesMax = 0;
        options.Namespaces.ListBytesMax = options.Namespaces.PatternWildcardsMax = options.Namespaces.RestoresMax = 0;
        options.Namespaces.ConfiguredMax = -1;
        Assert.Equal(15, options.Validate().Length);
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

    [Fact]
    public void A_glob_finds_its_pieces_wherever_they_are()
    {
        foreach (var (pattern, text, expected) in new[]
        {
            ("", "", true), ("", "a", false), ("*", "", true), ("**", "ab", true), ("a*a", "a", false), ("a*a", "aa", true),
            ("*?b?*", "aab", false), ("*?b?*", "aabb", true), ("*??*", "a", false), ("*a?c*a?c", "abcabcabc", true), ("*ab*ba*", "aba", false),
        })
            Assert.Equal(expected, Glob.IsMatch(pattern, text));
    }

    [Fact]
    public void The_length_of_json_text_is_that_of_the_text_written()
    {
        var random = new Random(5);
        for (var round = 0; round < 2_000; round++)
        {
            var text = Text(random, "ab\"\\\n\u0001\u00e9\u20ac\ud83d\ude00");
            using var written = new Json.Utf8Buffer();
            Json.JsonText.AppendString(written, text);
            Assert.Equal(written.Length, Json.JsonText.LengthOf(text));
            foreach (var value in new[] { Value.Text(text), Value.FromBytes(System.Text.Encoding.UTF8.GetBytes(text)), Value.Json("12") })
            {
                using var json = new Json.Utf8Buffer();
                Json.JsonValue.Append(json, value);
                Assert.False(Json.JsonValue.IsLongerThan(value, json.Length));
                Assert.True(Json.JsonValue.IsLongerThan(value, json.Length - 1));
            }
        }
    }

    [Fact]
    public void An_op_id_counts_with_the_name_of_its_operation()
    {
        var memory = new OpIdMemory();
        memory.Add("a", "put", default, 1);
        var shorter = memory.MemoryBytes;
        memory.Add("b", "increment", default, 1);
        Assert.Equal(shorter + 12, memory.MemoryBytes - shorter);
        memory.Forget(1);
        Assert.Equal(0, memory.MemoryBytes);
    }

    private static string Text(Random random, string letters) =>
        string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => letters[random.Next(letters.Length)]));
}
