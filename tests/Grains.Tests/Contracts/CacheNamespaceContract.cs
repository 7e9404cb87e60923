using System.Text;
using System.Text.Json;
using Grains.Cache;

namespace Grains.Tests.Contracts;

/// <summary>What every cache engine promises on namespaces, changes and eviction.</summary>
public abstract class CacheNamespaceContract
{
    protected abstract CacheUnderTest Start(CacheOptions? options = null);

    /// <summary>False for an engine whose keys are spread over machines, so that no order of all of them exists.</summary>
    protected virtual bool EvictsInOrder => true;

    [Fact]
    public async Task Clear_removes_what_matches()
    {
        using var test = Start();
        await FillAsync(test, "ns", "expired_1", "expired_2", "kept");
        await FillAsync(test, "other", "expired_3");
        var dry = await test.NamespaceAsync(new NamespaceCommand("clear", "ns") { Pattern = "expired_*", DryRun = true });
        Assert.Equal((2L, 2L), (dry.Count, dry.AffectedCount));
        var cleared = await test.NamespaceAsync(new NamespaceCommand("clear", "ns") { Pattern = "expired_*", MaxEntries = 1000 });
        Assert.Equal((2L, 2L), (cleared.Count, cleared.AffectedCount));
        Assert.Equal(["kept"], (await test.NamespaceAsync(new NamespaceCommand("list", "ns"))).Keys);
        Assert.Equal(["expired_3"], (await test.NamespaceAsync(new NamespaceCommand("list", "other"))).Keys);
    }

    [Fact]
    public async Task Clear_stops_at_max_entries()
    {
        using var test = Start();
        await FillAsync(test, "ns", "a", "b", "c");
        Assert.Equal(2, (await test.NamespaceAsync(new NamespaceCommand("clear", "ns") { MaxEntries = 2 })).AffectedCount);
        Assert.Equal(1, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("invalidate")]
    public async Task Cascade_removes_what_was_made_from_it(string operation)
    {
        using var test = Start();
        await FillAsync(test, "ns", "base", "free");
        await PutDependentAsync(test, new CacheKey("other", "middle"), "ns:base:v1.0.0");
        await PutDependentAsync(test, new CacheKey("ns", "leaf"), "other:middle:v1.0.0");
        var command = new NamespaceCommand(operation, "ns") { Pattern = "base", CascadeDependencies = true };
        Assert.Equal(3, (await test.NamespaceAsync(command with { DryRun = true })).AffectedCount);
        Assert.Equal(3, (await test.NamespaceAsync(command)).AffectedCount);
        Assert.Equal(["ns:free:v1.0.0"], (await test.NamespaceAsync(new NamespaceCommand("query", ""))).Keys);
    }

    [Fact]
    public async Task Invalidate_matches_identifiers_whole_keys_and_without_a_namespace_its_name()
    {
        foreach (var (name, pattern, count) in new[] { ("ml", "a*", 1), ("ml", "ml:b:*", 1), ("", "ml", 2), ("", "*:a1:*", 2), ("ml", "zzz", 0), ("", "a1", 2) })
        {
            using var test = Start();
            await FillAsync(test, "ml", "a1", "b");
            await FillAsync(test, "xx", "a1");
            Assert.Equal(count, (await test.NamespaceAsync(new NamespaceCommand("invalidate", name) { Pattern = pattern })).AffectedCount);
        }
    }

    [Fact]
    public async Task List_count_and_query_tell_what_is_there()
    {
        using var test = Start();
        await FillAsync(test, "ns", "a1", "a2", "b");
        await test.PutAsync(new CacheKey("ns", "a1", "v2"), "1");
        await test.RunAsync(new CacheKey("ns", "a3"), new CacheCommand("put") { Ttl = TimeSpan.FromSeconds(1) });
        test.Advance(2);
        var list = await test.NamespaceAsync(new NamespaceCommand("list", "ns") { Pattern = "a?" });
        Assert.Equal(["a1", "a1@v2", "a2"], list.Keys);
        Assert.Equal(3, list.Count);
        var cut = await test.NamespaceAsync(new NamespaceCommand("list_keys", "ns") { MaxEntries = 2 });
        Assert.Equal((2, 4L), (cut.Keys.Length, cut.Count));
        Assert.Equal(4, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
        Assert.Equal(1, (await test.NamespaceAsync(new NamespaceCommand("count", "ns") { Pattern = "b" })).Count);
        Assert.Equal(0, (await test.NamespaceAsync(new NamespaceCommand("count", "none"))).Count);
        Assert.Equal(["ns:a2:v1.0.0"], (await test.NamespaceAsync(new NamespaceCommand("query", "ns") { Pattern = "a2" })).Keys);
    }

    [Fact]
    public async Task A_scan_sees_every_key_that_stays_exactly_once_while_others_come_and_go()
    {
        using var test = Start();
        for (var i = 0; i < 500; i++)
            await test.PutAsync(new CacheKey("ns", $"stays{i}"), "1");
        var seen = new List<string>();
        string? cursor = null;
        var step = 0;
        do
        {
            var piece = await test.NamespaceAsync(new NamespaceCommand("scan", "ns") { MaxEntries = 7, Cursor = cursor });
            Assert.Equal(ErrorCode.None, piece.Error);
            Assert.InRange(piece.Keys.Length, 0, 7);
            seen.AddRange(piece.Keys.Where(key => key.StartsWith("stays", StringComparison.Ordinal)));
            cursor = piece.Cursor;
            for (var i = 0; i < 30; i++)
                await test.PutAsync(new CacheKey("ns", $"passing{step}.{i}"), "1");
            if (step++ % 3 == 2)
                await test.NamespaceAsync(new NamespaceCommand("clear", "ns") { Pattern = "passing*" });
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"stays{i}").Order(), seen.Order());
    }

    [Fact]
    public async Task A_scan_with_a_pattern_gives_only_what_matches()
    {
        using var test = Start();
        await FillAsync(test, "ns", "a:1.x", "b", "a:2");
        var piece = await test.NamespaceAsync(new NamespaceCommand("scan", "ns") { Pattern = "a*" });
        Assert.Equal(["a:1.x", "a:2"], piece.Keys.Order());
        Assert.Null(piece.Cursor);
        Assert.Equal(ErrorCode.InvalidArgument, (await test.NamespaceAsync(new NamespaceCommand("scan", "ns") { Cursor = "nonsense" })).Error);
        Assert.Null((await test.NamespaceAsync(new NamespaceCommand("scan", "none"))).Cursor);
    }

    [Fact]
    public async Task A_page_has_the_default_entries_when_nobody_says()
    {
        using var test = Start(new CacheOptions { DefaultPageEntries = 2 });
        await FillAsync(test, "ns", "a", "b", "c");
        Assert.Equal(2, (await test.NamespaceAsync(new NamespaceCommand("list", "ns"))).Keys.Length);
        Assert.Equal(2, (await test.NamespaceAsync(new NamespaceCommand("scan", "ns"))).Keys.Length);
        Assert.Equal(3, (await test.NamespaceAsync(new NamespaceCommand("list", "ns") { MaxEntries = 3 })).Keys.Length);
    }

    [Fact]
    public async Task Statistics_count_what_happened()
    {
        using var test = Start();
        await FillAsync(test, "ns", "a", "b");
        await test.GetAsync(new CacheKey("ns", "a"));
        await test.GetAsync(new CacheKey("ns", "zzz"));
        await test.RunAsync(new CacheKey("ns", "b"), CacheCommand.Delete);
        var space = Parse((await test.NamespaceAsync(new NamespaceCommand("statistics", "ns"))).Data);
        Assert.Equal((1, 1, 1, 0.5, 2, 1), (Int(space, "entry_count"), Int(space, "hits"), Int(space, "misses"), space.GetProperty("hit_rate").GetDouble(), Int(space, "writes"), Int(space, "deletes")));
        var all = Parse((await test.NamespaceAsync(new NamespaceCommand("stats", ""))).Data);
        var level = all.GetProperty("l1_statistics");
        Assert.Equal((1, 1, 1), (Int(level, "entry_count"), Int(level, "hits"), Int(level, "misses")));
        Assert.True(Int(level, "memory_bytes") > 0);
        Assert.False(all.GetProperty("l2_statistics").GetProperty("enabled").GetBoolean());
        Assert.True(all.TryGetProperty("operation_stats", out _) && all.TryGetProperty("replication_statistics", out _) && all.TryGetProperty("performance_metrics", out _));
    }

    [Fact]
    public async Task A_look_at_a_namespace_without_keys_counts_as_a_miss_of_it()
    {
        using var test = Start();
        foreach (var identifier in new[] { "a", "b", "c", "a" })
            await test.GetAsync(new CacheKey("ns", identifier));
        await FillAsync(test, "ns", "a");
        var space = Parse((await test.NamespaceAsync(new NamespaceCommand("statistics", "ns"))).Data);
        Assert.Equal((1, 0, 4), (Int(space, "entry_count"), Int(space, "hits"), Int(space, "misses")));
        var level = Parse((await test.NamespaceAsync(new NamespaceCommand("stats", ""))).Data).GetProperty("l1_statistics");
        Assert.Equal((4, 1), (Int(level, "misses"), Int(level, "namespaces")));
    }

    [Theory]
    [InlineData("scan")]
    [InlineData("backup")]
    public async Task A_piece_ends_at_its_entries_and_the_next_goes_on(string operation)
    {
        using var test = Start();
        await FillAsync(test, "ns", [.. Enumerable.Range(0, 20).Select(i => $"k{i}")]);
        var counts = new List<long>();
        var command = new NamespaceCommand(operation, "ns") { MaxEntries = 6 };
        do
        {
            var reply = await test.NamespaceAsync(command);
            Assert.Equal(ErrorCode.None, reply.Error);
            counts.Add(reply.Count);
            command = command with { Cursor = reply.Cursor };
        }
        while (command.Cursor is not null);
        Assert.Equal([6, 6, 6, 2], counts);
    }

    [Fact]
    public async Task A_namespace_is_backed_up_and_restored_whole()
    {
        using var test = Start();
        await FillVariedAsync(test);
        var pieces = await BackupAsync(test, 1_024);
        Assert.True(pieces.Count > 3);
        Assert.All(pieces, piece => Assert.InRange(piece.Data.Bytes.Length, 1, 1_024));
        Assert.Equal(59, pieces.Sum(piece => piece.Count));
        Assert.Equal("grains-backup", Parse(pieces[0].Data).GetProperty("format").GetString());

        var revision = (await test.GetAsync(new CacheKey("ns", "list"))).Revision;
        foreach (var piece in pieces)
        {
            var restored = await test.NamespaceAsync(new NamespaceCommand("restore", "copy") { Data = piece.Data });
            Assert.Equal((ErrorCode.None, piece.Count, piece.Count), (restored.Error, restored.Count, restored.AffectedCount));
        }

        foreach (var name in (await test.NamespaceAsync(new NamespaceCommand("list", "ns"))).Keys)
        {
            var (original, copy) = (await test.GetAsync(KeyOf("ns", name)), await test.GetAsync(KeyOf("copy", name)));
            Assert.Equal((original.Value, original.Entry.ExpiresAtUs, original.Entry.Ttl), (copy.Value, copy.Entry.ExpiresAtUs, copy.Entry.Ttl));
        }

        Assert.True((await test.GetAsync(new CacheKey("copy", "list"))).Revision > revision);
        Assert.Equal(Value.Text("t"), (await test.StructureAsync(new CacheKey("copy", "list"), "list.pop")).Result);
        Assert.Equal("1", (await test.StructureAsync(new CacheKey("copy", "sorted"), "sorted_set.rank", "\"b\"")).Result.ToString());
        Assert.Equal(["tag"], (await test.GetAsync(new CacheKey("copy", "meta"))).Entry.Metadata!.Tags);
    }

    [Fact]
    public async Task Restore_overwrites_or_skips_and_names_its_namespace_itself()
    {
        using var test = Start();
        await FillAsync(test, "ns", "a", "b");
        var piece = Assert.Single(await BackupAsync(test, null)).Data;
        await test.PutAsync(new CacheKey("ns", "a"), "\"new\"");
        await test.RunAsync(new CacheKey("ns", "b"), CacheCommand.Delete);
        var skipped = await test.NamespaceAsync(new NamespaceCommand("restore", "") { Data = piece, MergeStrategy = "skip_existing" });
        Assert.Equal((2L, 1L), (skipped.Count, skipped.AffectedCount));
        Assert.Equal("\"new\"", (await test.GetAsync(new CacheKey("ns", "a"))).Value.ToString());
        Assert.Equal(2, (await test.NamespaceAsync(new NamespaceCommand("restore", "") { Data = piece })).AffectedCount);
        Assert.Equal("1", (await test.GetAsync(new CacheKey("ns", "a"))).Value.ToString());
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"format":"grains-backup","version":2,"entries":[]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[7]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a"}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","structure":"tree"}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","kind":"bytes","value":"*"}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","structure":"set","members":[1],"kinds":"jj"}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","value":1,"ttl":-1}]}""")]
    public async Task A_broken_backup_is_refused_and_changes_nothing(string piece)
    {
        using var test = Start();
        Assert.Equal(ErrorCode.InvalidArgument, (await test.NamespaceAsync(new NamespaceCommand("restore", "ns") { Data = Value.Json(piece) })).Error);
        Assert.Equal(0, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
    }

    [Fact]
    public async Task Namespace_operations_refuse_bad_arguments()
    {
        using var test = Start(new CacheOptions { NamespaceCharsMax = 4 });
        async Task RefusedAsync(ErrorCode code, NamespaceCommand command) => Assert.Equal(code, (await test.NamespaceAsync(command)).Error);
        await RefusedAsync(ErrorCode.UnsupportedOperation, new NamespaceCommand("fly", "ns"));
        await RefusedAsync(ErrorCode.InvalidName, new NamespaceCommand("clear", ""));
        await RefusedAsync(ErrorCode.InvalidName, new NamespaceCommand("clear", "12345"));
        await RefusedAsync(ErrorCode.None, new NamespaceCommand("clear", "1234"));
        await RefusedAsync(ErrorCode.InvalidArgument, new NamespaceCommand("clear", "ns") { MaxEntries = 0 });
        await RefusedAsync(ErrorCode.InvalidArgument, new NamespaceCommand("backup", "ns") { MaxBytes = 1_023 });
        await RefusedAsync(ErrorCode.InvalidArgument, new NamespaceCommand("restore", "ns") { MergeStrategy = "mix" });
        await RefusedAsync(ErrorCode.InvalidArgument, new NamespaceCommand("configure", "ns"));
    }

    [Fact]
    public async Task Changes_are_published_in_order_with_both_revisions()
    {
        using var test = Start(new CacheOptions { PublishChangesOf = ["n*"] });
        var key = new CacheKey("ns", "k");
        var first = (await test.RunAsync(key, new CacheCommand("put") { Value = Value.Json("1"), Metadata = new EntryMetadata { Tags = ["t"] } })).Revision;
        var second = (await test.RunAsync(key, new CacheCommand("increment") { Ttl = TimeSpan.FromSeconds(1) })).Revision;
        await test.GetAsync(key);
        await test.RunAsync(key, new CacheCommand("touch") { KeepTtl = true });
        test.Advance(1.5);
        var third = (await test.StructureAsync(key, "set.add", "1")).Revision;
        await test.StructureAsync(key, "set.add", "1");
        await test.RunAsync(key, CacheCommand.Delete);
        await test.PutAsync(new CacheKey("silent", "k"), "1");

        Assert.Equal(
            [("put", 0, first), ("put", first, second), ("expire", second, 0), ("put", 0, third), ("delete", third, 0)],
            EventsOf(test));
        var message = test.Published.Messages[0];
        Assert.Equal("cache.events.ns", message.Topic);
        var payload = Parse(message.Payload);
        Assert.Equal("cache_put", payload.GetProperty("event_type").GetString());
        Assert.Equal("""{"namespace":"ns","identifier":"k","version":"v1.0.0","tags":["t"]}""", payload.GetProperty("cache_key").GetRawText());
        Assert.Equal("cache_expire", Parse(test.Published.Messages[2].Payload).GetProperty("event_type").GetString());
        Assert.Equal(test.Published.Messages.Count, test.Published.Messages.Select(m => m.MessageId).Distinct().Count());
    }

    [Fact]
    public async Task Configure_turns_publishing_on_and_off()
    {
        using var test = Start();
        var key = new CacheKey("ns", "k");
        await test.PutAsync(key, "1");
        Assert.Equal(ErrorCode.None, (await test.NamespaceAsync(new NamespaceCommand("configure", "ns") { PublishChanges = true })).Error);
        await test.PutAsync(key, "2");
        await test.NamespaceAsync(new NamespaceCommand("clear", "ns"));
        await test.NamespaceAsync(new NamespaceCommand("configure", "ns") { PublishChanges = false });
        await test.PutAsync(key, "3");
        Assert.Equal(["put", "delete"], EventsOf(test).Select(e => e.Cause));
    }

    [Fact]
    public async Task Expiry_is_told_without_being_read()
    {
        using var test = Start(new CacheOptions { PublishChangesOf = ["ns"] });
        await test.RunAsync(new CacheKey("ns", "k"), new CacheCommand("put") { Ttl = TimeSpan.FromSeconds(1) });
        await test.RunAsync(new CacheKey("ns", "s"), new CacheCommand("put") { Ttl = TimeSpan.FromSeconds(1), Sliding = true });
        test.Advance(0.9);
        await test.GetAsync(new CacheKey("ns", "s"));
        test.Advance(0.2);
        Assert.Equal(["put", "put", "expire"], EventsOf(test).Select(e => e.Cause));
        test.Advance(1);
        Assert.Equal(["put", "put", "expire", "expire"], EventsOf(test).Select(e => e.Cause));
    }

    [Fact]
    public async Task A_topic_that_refuses_costs_the_write_nothing()
    {
        using var test = Start(new CacheOptions { PublishChangesOf = ["ns"] });
        test.Published.Reply = PublishReply.Fail(ErrorCode.TopicFull, "full");
        Assert.Equal(CacheOutcome.Hit, (await test.PutAsync(new CacheKey("ns", "k"), "1")).Outcome);
        Assert.Equal(1, Int(Parse((await test.NamespaceAsync(new NamespaceCommand("statistics", "ns"))).Data), "events_failed"));
    }

    [Fact]
    public async Task The_least_recently_used_go_first_when_memory_is_full()
    {
        Assert.SkipUnless(EvictsInOrder, "This engine has no order of all keys.");
        using var test = Start(new CacheOptions { MemoryBytesMax = 64 * 1024, PublishChangesOf = ["ns"] });
        var value = "\"" + new string('x', 10_000) + "\"";
        for (var i = 0; i < 6; i++)
        {
            await test.PutAsync(new CacheKey("ns", $"{i}"), value);
            test.Advance(1);
        }

        await test.GetAsync(new CacheKey("ns", "0"));
        test.Advance(1);
        await test.PutAsync(new CacheKey("ns", "6"), value);
        test.Advance(1);
        await test.PutAsync(new CacheKey("ns", "7"), value);
        Assert.Equal(["0", "3", "4", "5", "6", "7"], (await test.NamespaceAsync(new NamespaceCommand("list", "ns"))).Keys);
        var evicted = test.Published.Messages.Select(m => Parse(m.Payload)).Where(p => p.GetProperty("cause").GetString() == "evict").ToList();
        Assert.Equal(["1", "2"], evicted.Select(p => p.GetProperty("cache_key").GetProperty("identifier").GetString()));
        Assert.All(evicted, p => Assert.Equal("cache_eviction", p.GetProperty("event_type").GetString()));
    }

    protected static async Task<List<NamespaceReply>> BackupAsync(CacheUnderTest test, int? maxBytes)
    {
        var pieces = new List<NamespaceReply>();
        string? cursor = null;
        do
        {
            var piece = await test.NamespaceAsync(new NamespaceCommand("backup", "ns") { MaxBytes = maxBytes, Cursor = cursor });
            Assert.Equal(ErrorCode.None, piece.Error);
            pieces.Add(piece);
            cursor = piece.Cursor;
        }
        while (cursor is not null);
        return pieces;
    }

    private static async Task FillVariedAsync(CacheUnderTest test)
    {
        for (var i = 0; i < 50; i++)
            await test.PutAsync(new CacheKey("ns", $"plain{i}"), $$"""{"n": {{i}}, "text": "\u0061"}""");
        await test.PutAsync(new CacheKey("ns", "plain0", "v2"), "2");
        await test.RunAsync(new CacheKey("ns", "text"), new CacheCommand("put") { Value = Value.Text("tä\"xt\n") });
        await test.RunAsync(new CacheKey("ns", "bytes"), new CacheCommand("put") { Value = Value.FromBytes(Encoding.UTF8.GetBytes("bytes\0")) });
        await test.RunAsync(new CacheKey("ns", "ttl"), new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(9.5), Sliding = true });
        await test.RunAsync(new CacheKey("ns", "meta"), new CacheCommand("put") { Metadata = new EntryMetadata { Tags = ["tag"], CreatedBy = "m\"e" } });
        await test.StructureAsync(new CacheKey("ns", "set"), "set.add", "1", "\"x\"");
        await test.RunAsync(new CacheKey("ns", "list"), new CacheCommand("list.append") { Structure = new() { Values = [Value.Json("[1]"), Value.Text("t")] } });
        await test.StructureAsync(new CacheKey("ns", "map"), "map.set", "\"f\\\"\"", "1");
        var scored = new StructureArguments { ScoredValues = [new(Value.Json("\"b\""), 2.5), new(Value.Json("\"a\""), 1)] };
        await test.RunAsync(new CacheKey("ns", "sorted"), new CacheCommand("sorted_set.add_scored") { Structure = scored });
        test.Advance(1);
    }

    private static async Task FillAsync(CacheUnderTest test, string name, params string[] identifiers)
    {
        foreach (var identifier in identifiers)
            await test.PutAsync(new CacheKey(name, identifier), "1");
    }

    private static async Task PutDependentAsync(CacheUnderTest test, CacheKey key, string dependency) =>
        await test.RunAsync(key, new CacheCommand("put") { Metadata = new EntryMetadata { Dependencies = [dependency] } });

    private static CacheKey KeyOf(string name, string listed) =>
        listed.IndexOf('@', StringComparison.Ordinal) is var at and > 0 ? new CacheKey(name, listed[..at], listed[(at + 1)..]) : new CacheKey(name, listed);

    private static List<(string Cause, long Old, long New)> EventsOf(CacheUnderTest test) => [.. test.Published.Messages.Select(m => Parse(m.Payload))
        .Select(p => (p.GetProperty("cause").GetString()!, p.GetProperty("old_revision").GetInt64(), p.GetProperty("new_revision").GetInt64()))];

    private static JsonElement Parse(Value json) => JsonDocument.Parse(json.Bytes).RootElement;

    private static int Int(JsonElement parent, string name) => parent.GetProperty(name).GetInt32();
}
