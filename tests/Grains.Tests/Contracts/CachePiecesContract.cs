using System.Text;
using Grains.Cache;

namespace Grains.Tests.Contracts;

/// <summary>What every cache engine promises on the size of what it answers over a namespace, and on the time it takes.</summary>
public abstract class CachePiecesContract
{
    protected abstract CacheUnderTest Start(CacheOptions? options = null);

    /// <summary>On how many machines the keys are: what a machine remembers at most, each remembers.</summary>
    protected virtual int Nodes => 1;

    [Fact]
    public async Task Lists_end_at_their_bytes_and_say_so_and_a_scan_goes_on()
    {
        var options = new CacheOptions();
        options.Namespaces.ListBytesMax = 1_024;
        using var test = Start(options);
        // With quotes and comma 64 bytes each.
        for (var i = 0; i < 16; i++)
            await test.PutAsync(new CacheKey("ns", $"{i:d61}"), "1");
        var whole = await test.NamespaceAsync(new NamespaceCommand("list", "ns"));
        Assert.Equal((16, 16L, false), (whole.Keys.Length, whole.Count, whole.Truncated));
        Assert.Null((await test.NamespaceAsync(new NamespaceCommand("scan", "ns"))).Cursor);

        await test.PutAsync(new CacheKey("ns", $"{16:d61}"), "1");
        var cut = await test.NamespaceAsync(new NamespaceCommand("list", "ns"));
        Assert.Equal((16, 17L, true), (cut.Keys.Length, cut.Count, cut.Truncated));
        var query = await test.NamespaceAsync(new NamespaceCommand("query", "ns"));
        Assert.Equal((13, 17L, true), (query.Keys.Length, query.Count, query.Truncated));
        var first = await test.NamespaceAsync(new NamespaceCommand("scan", "ns"));
        Assert.Equal(16, first.Keys.Length);
        var last = await test.NamespaceAsync(new NamespaceCommand("scan", "ns") { Cursor = first.Cursor });
        Assert.Null(last.Cursor);
        Assert.Equal(Enumerable.Range(0, 17).Select(i => $"{i:d61}"), first.Keys.Concat(last.Keys).Order());
    }

    [Fact]
    public async Task A_list_that_is_cut_by_its_entries_says_so()
    {
        using var test = Start();
        await FillAsync(test, 3);
        Assert.True((await test.NamespaceAsync(new NamespaceCommand("list", "ns") { MaxEntries = 2 })).Truncated);
        Assert.False((await test.NamespaceAsync(new NamespaceCommand("list", "ns") { MaxEntries = 3 })).Truncated);
    }

    [Fact]
    public async Task A_scan_gives_a_key_that_is_longer_than_a_list_may_be()
    {
        var options = new CacheOptions { IdentifierCharsMax = 2_000 };
        options.Namespaces.ListBytesMax = 1_024;
        using var test = Start(options);
        await test.PutAsync(new CacheKey("ns", new string('a', 2_000)), "1");
        await test.PutAsync(new CacheKey("ns", new string('\u0001', 2_000)), "1");
        Assert.Empty((await test.NamespaceAsync(new NamespaceCommand("list", "ns"))).Keys);
        var first = await test.NamespaceAsync(new NamespaceCommand("scan", "ns"));
        var last = await test.NamespaceAsync(new NamespaceCommand("scan", "ns") { Cursor = first.Cursor });
        Assert.Equal((1, 1), (first.Keys.Length, last.Keys.Length));
        Assert.Null(last.Cursor);
    }

    [Fact]
    public async Task A_pattern_has_so_many_wildcards_and_no_more()
    {
        var options = new CacheOptions();
        options.Namespaces.PatternWildcardsMax = 2;
        using var test = Start(options);
        Assert.Equal(ErrorCode.None, (await test.NamespaceAsync(new NamespaceCommand("count", "ns") { Pattern = "a*b?" })).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await test.NamespaceAsync(new NamespaceCommand("count", "ns") { Pattern = "a*b?*" })).Error);
        Assert.Equal(64, new NamespaceOptions().PatternWildcardsMax);
    }

    [Fact]
    public async Task So_many_namespaces_are_configured_and_no_more()
    {
        var options = new CacheOptions();
        options.Namespaces.ConfiguredMax = 2;
        using var test = Start(options);
        async Task<ErrorCode> ConfigureAsync(string name) =>
            (await test.NamespaceAsync(new NamespaceCommand("configure", name) { PublishChanges = true })).Error;
        Assert.Equal(ErrorCode.None, await ConfigureAsync("a"));
        Assert.Equal(ErrorCode.None, await ConfigureAsync("b"));
        Assert.Equal(ErrorCode.OutOfMemory, await ConfigureAsync("c"));
        Assert.Equal(ErrorCode.None, await ConfigureAsync("a"));
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("invalidate")]
    [InlineData("count")]
    [InlineData("list")]
    [InlineData("query")]
    public async Task An_operation_whose_time_is_over_ends_and_tells_what_it_did(string operation)
    {
        using var test = Start();
        await FillAsync(test, 300);
        var over = await test.NamespaceAsync(new NamespaceCommand(operation, "ns") { Timeout = TimeSpan.Zero });
        Assert.Equal((ErrorCode.Timeout, 0L), (over.Error, over.AffectedCount));
        Assert.Equal(300, (await test.NamespaceAsync(new NamespaceCommand("count", "ns") { Timeout = TimeSpan.FromSeconds(1) })).Count);
    }

    [Fact]
    public async Task A_restore_whose_time_is_over_ends_and_tells_what_it_did()
    {
        using var test = Start();
        await FillAsync(test, 3);
        var piece = Assert.Single(await BackupAsync(test, null));
        var over = await test.NamespaceAsync(new NamespaceCommand("restore", "copy") { Data = piece, Timeout = TimeSpan.Zero });
        Assert.Equal((ErrorCode.Timeout, 3L, 0L), (over.Error, over.Count, over.AffectedCount));
    }

    [Theory]
    [InlineData("scan")]
    [InlineData("backup")]
    public async Task A_scan_or_backup_whose_time_is_over_gives_a_step_and_its_cursor(string operation)
    {
        using var test = Start();
        await FillAsync(test, 1_500);
        var (steps, counted) = (0, 0L);
        var command = new NamespaceCommand(operation, "ns") { Timeout = TimeSpan.Zero, MaxEntries = 100_000 };
        do
        {
            var reply = await test.NamespaceAsync(command);
            Assert.Equal(ErrorCode.None, reply.Error);
            (steps, counted) = (steps + 1, counted + reply.Count);
            command = command with { Cursor = reply.Cursor };
        }
        while (command.Cursor is not null);
        Assert.Equal(1_500, counted);
        Assert.True(steps > 1);
    }

    [Fact]
    public async Task A_large_namespace_is_counted_listed_and_cleared_like_a_small_one()
    {
        using var test = Start();
        await FillAsync(test, 3_000);
        Assert.Equal(3_000, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
        Assert.Equal(1_111, (await test.NamespaceAsync(new NamespaceCommand("count", "ns") { Pattern = "k1*" })).Count);
        Assert.Equal(3_000, (await test.NamespaceAsync(new NamespaceCommand("list", "ns") { MaxEntries = 3_000 })).Keys.Length);
        Assert.Equal(3_000, (await test.NamespaceAsync(new NamespaceCommand("clear", "ns"))).AffectedCount);
        Assert.Equal(0, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
    }

    [Fact]
    public async Task A_value_at_the_limit_is_kept_and_backed_up_in_each_kind_and_one_past_it_refused()
    {
        using var test = Start(new CacheOptions { ValueBytesMax = 1_024 });
        var values = new (Value AtLimit, Value Past)[]
        {
            (Value.Json("\"" + new string('x', 1_022) + "\""), Value.Json("\"" + new string('x', 1_023) + "\"")),
            (Value.Text(new string('x', 1_022)), Value.Text(new string('x', 1_023))),
            (Value.Text(new string('\u0001', 170)), Value.Text(new string('\u0001', 171))),
            (Value.Text(new string('"', 511)), Value.Text(new string('"', 512))),
            (Value.FromBytes(new byte[765]), Value.FromBytes(new byte[766])),
        };
        foreach (var (atLimit, past) in values)
        {
            var key = new CacheKey("ns", "k");
            Assert.Equal(ErrorCode.None, (await test.RunAsync(key, new CacheCommand("put") { Value = atLimit })).Error);
            Assert.Equal(ErrorCode.ValueTooLarge, (await test.RunAsync(key, new CacheCommand("put") { Value = past })).Error);
            var longer = new CacheCommand("append") { Value = atLimit.Kind == ValueKind.Bytes ? Value.FromBytes(new byte[1]) : Value.Json("\"x\\n\\n\"") };
            Assert.Equal(ErrorCode.ValueTooLarge, (await test.RunAsync(key, longer)).Error);
            var member = new StructureArguments { Values = [atLimit] };
            Assert.Equal(ErrorCode.None, (await test.RunAsync(new CacheKey("ns", "list"), new CacheCommand("list.append") { Structure = member })).Error);
            member = new StructureArguments { Values = [past] };
            Assert.Equal(ErrorCode.ValueTooLarge, (await test.RunAsync(new CacheKey("ns", "list"), new CacheCommand("list.append") { Structure = member })).Error);

            var pieces = await BackupAsync(test, null);
            Assert.All(pieces, piece => Assert.InRange(piece.Bytes.Length, 1, 1_024 + (int)new CacheOptions().EnvelopeBytes));
            foreach (var piece in pieces)
                Assert.Equal(ErrorCode.None, (await test.NamespaceAsync(new NamespaceCommand("restore", "copy") { Data = piece })).Error);
            Assert.Equal(atLimit, (await test.GetAsync(new CacheKey("copy", "k"))).Value);
        }

        Assert.Equal(values.Length, (await test.StructureAsync(new CacheKey("copy", "list"), "list.size")).Size);
    }

    [Fact]
    public async Task Metadata_at_the_limit_is_kept_and_past_it_refused()
    {
        using var test = Start(new CacheOptions { MetadataBytesMax = 64 });
        CacheCommand Put(int chars) => new("put") { Metadata = new EntryMetadata { Tags = [new string('t', chars)] } };
        Assert.Equal(ErrorCode.None, (await test.RunAsync(new CacheKey("ns", "k"), Put(58))).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.RunAsync(new CacheKey("ns", "k"), Put(59))).Error);
    }

    [Fact]
    public async Task A_structure_that_is_longer_than_a_piece_is_cut_between_members()
    {
        using var test = Start();
        await FillStructuresAsync(test);
        var pieces = await BackupAsync(test, 1_024, expected: 4);
        Assert.True(pieces.Count > 8);
        Assert.All(pieces, piece => Assert.InRange(piece.Bytes.Length, 1, 1_024));
        Assert.Equal(4, await RestoreAsync(test, pieces));
        await AssertSameAsync(test);
        Assert.Equal(["tag"], (await test.GetAsync(new CacheKey("copy", "list"))).Entry.Metadata!.Tags);

        // A piece that comes again does nothing.
        await RestoreAsync(test, pieces);
        await AssertSameAsync(test);
    }

    [Fact]
    public async Task A_structure_of_several_pieces_is_skipped_where_the_key_was_there_before()
    {
        using var test = Start();
        await FillStructuresAsync(test);
        await test.StructureAsync(new CacheKey("copy", "set"), "set.add", "\"mine\"");
        var pieces = await BackupAsync(test, 1_024, expected: 4);
        Assert.Equal(3, await RestoreAsync(test, pieces, "skip_existing"));
        Assert.Equal("[\"mine\"]", (await test.GetAsync(new CacheKey("copy", "set"))).Value.ToString());
        Assert.Equal((await test.GetAsync(new CacheKey("ns", "list"))).Value, (await test.GetAsync(new CacheKey("copy", "list"))).Value);
    }

    [Fact]
    public async Task A_part_goes_only_onto_the_parts_before_it()
    {
        using var test = Start();
        await FillStructuresAsync(test, "list");
        var pieces = await BackupAsync(test, 1_024, expected: 1);
        async Task<ErrorCode> PieceAsync(int i) => (await test.NamespaceAsync(new NamespaceCommand("restore", "copy") { Data = pieces[i] })).Error;
        Assert.Equal(ErrorCode.InvalidArgument, await PieceAsync(1));
        Assert.Equal(ErrorCode.None, await PieceAsync(0));
        Assert.Equal(ErrorCode.InvalidArgument, await PieceAsync(2));
        Assert.Equal(ErrorCode.None, await PieceAsync(1));
        await test.StructureAsync(new CacheKey("copy", "list"), "list.append", "1");
        Assert.Equal(ErrorCode.ConditionFailed, await PieceAsync(2));
        Assert.Equal(1, await RestoreAsync(test, pieces));
        Assert.Equal((await test.GetAsync(new CacheKey("ns", "list"))).Value, (await test.GetAsync(new CacheKey("copy", "list"))).Value);
    }

    [Theory]
    [InlineData("overwrite")]
    [InlineData("skip_existing")]
    public async Task A_structure_that_changes_while_it_is_backed_up_is_begun_again(string strategy)
    {
        using var test = Start();
        await FillStructuresAsync(test, "list");
        var first = await test.NamespaceAsync(new NamespaceCommand("backup", "ns") { MaxBytes = 1_024 });
        await test.StructureAsync(new CacheKey("ns", "list"), "list.pop_front");
        var rest = await BackupAsync(test, 1_024, expected: 1, cursor: first.Cursor);
        Assert.Equal(1, await RestoreAsync(test, [first.Data, .. rest], strategy));
        Assert.Equal((await test.GetAsync(new CacheKey("ns", "list"))).Value, (await test.GetAsync(new CacheKey("copy", "list"))).Value);
    }

    [Fact]
    public async Task A_structure_that_goes_while_it_is_backed_up_is_not_restored_in_part()
    {
        using var test = Start();
        await FillStructuresAsync(test, "list");
        var first = await test.NamespaceAsync(new NamespaceCommand("backup", "ns") { MaxBytes = 1_024 });
        await test.RunAsync(new CacheKey("ns", "list"), CacheCommand.Delete);
        var rest = await BackupAsync(test, 1_024, expected: 0, cursor: first.Cursor);
        Assert.Equal(0, await RestoreAsync(test, [first.Data, .. rest]));
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(new CacheKey("copy", "list"))).Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Past_the_limit_the_oldest_restore_that_has_begun_is_forgotten_RestoresMax(int restoresMax)
    {
        var options = new CacheOptions();
        options.Namespaces.RestoresMax = restoresMax;
        using var test = Start(options);
        await FillStructuresAsync(test, "list");
        var pieces = await BackupAsync(test, 1_024, expected: 1);
        async Task<ErrorCode> PieceAsync(string name, int i) => (await test.NamespaceAsync(new NamespaceCommand("restore", name) { Data = pieces[i] })).Error;
        string[] few = [.. Enumerable.Range(0, restoresMax).Select(i => $"few{i}")];
        foreach (var name in few)
            Assert.Equal(ErrorCode.None, await PieceAsync(name, 0));
        foreach (var name in few)
            Assert.Equal(ErrorCode.None, await PieceAsync(name, 1));

        var many = Enumerable.Range(0, (restoresMax * Nodes) + 1).Select(i => $"many{i}").ToList();
        foreach (var name in many)
            Assert.Equal(ErrorCode.None, await PieceAsync(name, 0));
        var refused = new List<string>();
        foreach (var name in many)
        {
            if (await PieceAsync(name, 1) == ErrorCode.InvalidArgument)
                refused.Add(name);
        }

        Assert.InRange(refused.Count, 1, many.Count - restoresMax);
        if (Nodes == 1)
            Assert.Equal(["many0"], refused);
    }

    [Theory]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","part":7,"structure":"set","members":[1]}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","part":{"from":0},"structure":"set","members":[1]}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","part":{"of":"1","from":-1},"structure":"set","members":[1]}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","part":{"of":"1","from":0},"kind":"json","value":1}]}""")]
    [InlineData("""{"format":"grains-backup","version":1,"entries":[{"id":"a","gone":true}]}""")]
    public async Task A_broken_part_is_refused(string piece)
    {
        using var test = Start();
        Assert.Equal(ErrorCode.InvalidArgument, (await test.NamespaceAsync(new NamespaceCommand("restore", "ns") { Data = Value.Json(piece) })).Error);
        Assert.Equal(0, (await test.NamespaceAsync(new NamespaceCommand("count", "ns"))).Count);
    }

    [Theory]
    [InlineData("p.")]
    [InlineData("p.1.1.")]
    [InlineData("p.0.1.00000000.0.")]
    [InlineData("p.x.1.00000000.0.")]
    public async Task A_broken_cursor_of_a_backup_is_refused(string cursor)
    {
        using var test = Start();
        Assert.Equal(ErrorCode.InvalidArgument, (await test.NamespaceAsync(new NamespaceCommand("backup", "ns") { Cursor = cursor })).Error);
    }

    private static async Task FillAsync(CacheUnderTest test, int count)
    {
        for (var i = 0; i < count; i++)
            await test.PutAsync(new CacheKey("ns", $"k{i}"), "1");
    }

    private static async Task FillStructuresAsync(CacheUnderTest test, params string[] names)
    {
        const int Members = 200;
        Value[] mixed = [.. Enumerable.Range(0, Members).Select(i => (i % 3) switch
        {
            0 => Value.Json($"{i}"),
            1 => Value.Text($"t\"{i}"),
            _ => Value.FromBytes(Encoding.UTF8.GetBytes($"{i}\0")),
        })];
        if (names.Length == 0 || names.Contains("list"))
        {
            await test.RunAsync(new CacheKey("ns", "list"), new CacheCommand("put")
            {
                Value = Value.Json("[]"), Ttl = TimeSpan.FromSeconds(100), Metadata = new EntryMetadata { Tags = ["tag"] },
            });
            await test.RunAsync(new CacheKey("ns", "list"), new CacheCommand("list.append") { Structure = new() { Values = [.. mixed] } });
        }

        if (names.Length > 0)
            return;
        await test.RunAsync(new CacheKey("ns", "set"), new CacheCommand("set.add") { Structure = new() { Values = [.. mixed] } });
        await test.RunAsync(new CacheKey("ns", "sorted"), new CacheCommand("sorted_set.add_scored")
        {
            Structure = new() { ScoredValues = [.. mixed.Select((value, i) => new ScoredValue(value, i / 7.0))] },
        });
        await test.RunAsync(new CacheKey("ns", "map"), new CacheCommand("map.set_field")
        {
            Structure = new() { FieldUpdates = [.. mixed.Select((value, i) => new FieldUpdate($"f\"{i}", value))] },
        });
    }

    private static async Task AssertSameAsync(CacheUnderTest test)
    {
        foreach (var name in new[] { "list", "set", "sorted", "map" })
        {
            var (original, copy) = (await test.GetAsync(new CacheKey("ns", name)), await test.GetAsync(new CacheKey("copy", name)));
            Assert.Equal((original.Value, original.Entry.ExpiresAtUs, original.Entry.Ttl), (copy.Value, copy.Entry.ExpiresAtUs, copy.Entry.Ttl));
        }
    }

    private static async Task<List<Value>> BackupAsync(CacheUnderTest test, int? maxBytes, int? expected = null, string? cursor = null)
    {
        var pieces = new List<Value>();
        var counted = 0L;
        do
        {
            var piece = await test.NamespaceAsync(new NamespaceCommand("backup", "ns") { MaxBytes = maxBytes, Cursor = cursor });
            Assert.Equal(ErrorCode.None, piece.Error);
            pieces.Add(piece.Data);
            counted += piece.Count;
            cursor = piece.Cursor;
        }
        while (cursor is not null);
        Assert.Equal(expected ?? counted, counted);
        return pieces;
    }

    private static async Task<long> RestoreAsync(CacheUnderTest test, IEnumerable<Value> pieces, string strategy = "overwrite")
    {
        var restored = 0L;
        foreach (var piece in pieces)
        {
            var reply = await test.NamespaceAsync(new NamespaceCommand("restore", "copy") { Data = piece, MergeStrategy = strategy });
            Assert.True(reply.Error == ErrorCode.None, reply.Message);
            restored += reply.AffectedCount;
        }

        return restored;
    }
}
