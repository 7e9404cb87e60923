using System.Text.Json;
using Grains.Cache;

namespace Grains.Tests.Contracts;

/// <summary>What every cache engine promises on single keys. An engine proves itself by a subclass that starts it;
/// namespaces are in <see cref="CacheNamespaceContract"/>.</summary>
public abstract class CacheContract
{
    private static readonly CacheKey Key = new("ns", "key");

    public static TheoryData<string> CaseNames { get; } =
        [.. CacheCases.All.SelectMany((c, i) => new[] { $"{i} plain: {c}", $"{i} native: {c}" })];

    protected abstract CacheUnderTest Start(CacheOptions? options = null);

    [Fact]
    public void Every_operation_has_a_case() =>
        Assert.Empty(CacheOperations.All.Select(o => o.Name).Except(CacheCases.All.Select(c => c.Operation)));

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Case(string name)
    {
        var c = CacheCases.All[int.Parse(name[..name.IndexOf(' ', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture)];
        using var test = Start();
        var before = await GiveAsync(test, c, native: name.Contains(" native:", StringComparison.Ordinal));

        var reply = await test.RunAsync(Key, c.Command);

        Assert.Equal((c.Outcome, c.Error, c.Message), (reply.Outcome, reply.Error, reply.Message));
        AssertJson(c.Value, reply.Value, c.Unordered);
        AssertJson(c.Old, reply.OldValue, c.Unordered);
        AssertJson(c.Result, reply.Result, c.Unordered);
        Assert.Equal(c.Size ?? reply.Size, reply.Size);
        var after = await test.GetAsync(Key);
        if (c.After == "missing")
            Assert.Equal(CacheOutcome.Miss, after.Outcome);
        else
            AssertJson(c.After, after.Value, c.Unordered);

        // What is refused for its arguments alone has not looked at the key.
        if (c.Error is ErrorCode.InvalidArgument or ErrorCode.InvalidIndex && reply.Revision == 0)
            return;
        Assert.Equal((c.Given is not null, before, after.Revision), (reply.Existed, reply.OldRevision, reply.Revision));
    }

    [Fact]
    public async Task A_value_comes_back_as_the_bytes_that_came()
    {
        using var test = Start();
        foreach (var value in new[] { Value.Json(" { \"a\" : 1.0 } "), Value.Text("t\u00e9xt"), Value.FromBytes(new byte[] { 0, 255, 1 }) })
        {
            await test.RunAsync(Key, new CacheCommand("put") { Value = value });
            Assert.Equal(value, (await test.GetAsync(Key)).Value);
        }
    }

    [Fact]
    public async Task Keys_differ_by_namespace_identifier_and_version()
    {
        using var test = Start();
        CacheKey[] keys = [new("a", "b"), new("a", "c"), new("b", "b"), new("a", "b", "v2")];
        for (var i = 0; i < keys.Length; i++)
            await test.PutAsync(keys[i], $"{i}");
        for (var i = 0; i < keys.Length; i++)
            Assert.Equal($"{i}", (await test.GetAsync(new CacheKey(keys[i].Namespace, keys[i].Identifier, keys[i].Version))).Value.ToString());
    }

    [Fact]
    public async Task Entry_tells_times_size_accesses_and_metadata()
    {
        using var test = Start();
        var now = test.Time.NowUs();
        var metadata = new EntryMetadata { Tags = ["t"], Dependencies = ["a:b:v1.0.0"], ComputationCostMs = 2.5, CreatedBy = "me", QualityScore = 0.5 };
        var put = await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("[1]"), Ttl = TimeSpan.FromSeconds(9), Metadata = metadata });
        Assert.Equal((now, now, 0L, 3L), (put.Entry.CreatedAtUs, put.Entry.LastAccessAtUs, put.Entry.AccessCount, put.Entry.SizeBytes));
        Assert.Equal((TimeSpan.FromSeconds(9), now + 9_000_000), (put.Entry.Ttl, put.Entry.ExpiresAtUs));
        test.Advance(1);
        var get = await test.GetAsync(Key);
        Assert.Equal((now, now + 1_000_000, 1L), (get.Entry.CreatedAtUs, get.Entry.LastAccessAtUs, get.Entry.AccessCount));
        Assert.Equal(("me", 2.5, 0.5), (get.Entry.Metadata!.CreatedBy, get.Entry.Metadata.ComputationCostMs, get.Entry.Metadata.QualityScore));
        Assert.Equal(["t"], get.Entry.Metadata.Tags);
        Assert.Equal(["a:b:v1.0.0"], get.Entry.Metadata.Dependencies);
        Assert.Equal(2, (await test.GetAsync(Key)).Entry.AccessCount);
    }

    [Fact]
    public async Task Unknown_operations_are_refused_by_name()
    {
        using var test = Start();
        foreach (var (name, message) in new[]
        {
            ("fly", "Unsupported operation: fly"), ("set.fly", "Unsupported set operation: fly"), ("tree.add", "Unsupported structure type: tree"),
        })
        {
            var reply = await test.RunAsync(Key, new CacheCommand(name));
            Assert.Equal((ErrorCode.UnsupportedOperation, message), (reply.Error, reply.Message));
        }
    }

    [Fact]
    public async Task Revisions_only_grow_also_across_delete_and_expiry()
    {
        using var test = Start();
        var last = 0L;
        for (var i = 0; i < 20; i++)
        {
            var reply = await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(1) });
            Assert.InRange(reply.Revision, last + 1, (1L << 53) - 1);
            last = reply.Revision;
            if (i % 3 == 0)
                await test.RunAsync(Key, CacheCommand.Delete);
            else
                test.Advance(i % 2 * 2);
        }
    }

    [Fact]
    public async Task Reads_and_expiry_changes_leave_the_revision()
    {
        using var test = Start();
        var revision = (await test.PutAsync(Key, "1")).Revision;
        await test.GetAsync(Key);
        await test.RunAsync(Key, new CacheCommand("touch") { Ttl = TimeSpan.FromSeconds(9) });
        Assert.Equal(revision, (await test.RunAsync(Key, new CacheCommand("extend_ttl") { Ttl = TimeSpan.FromSeconds(9) })).Revision);
    }

    [Theory]
    [InlineData("put")]
    [InlineData("delete")]
    [InlineData("increment")]
    [InlineData("append")]
    [InlineData("touch")]
    [InlineData("list.append")]
    public async Task Conditions_hold_for_every_write(string operation)
    {
        using var test = Start();
        var command = new CacheCommand(operation) { Value = Value.Json("[2]"), Structure = new StructureArguments { Values = [Value.Json("2")] } };
        AssertConflict("Key does not exist", default, await test.RunAsync(Key, command with { IfExists = true }));
        AssertConflict("Revision does not match", default, await test.RunAsync(Key, command with { IfRevision = 7 }));
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
        var given = operation == "increment" ? "1" : "[1]";
        var revision = (await test.PutAsync(Key, given)).Revision;
        AssertConflict("Key already exists", Value.Json(given), await test.RunAsync(Key, command with { IfNotExists = true }));
        AssertConflict("Revision does not match", Value.Json(given), await test.RunAsync(Key, command with { IfRevision = 0 }));
        AssertConflict("Revision does not match", Value.Json(given), await test.RunAsync(Key, command with { IfRevision = revision + 1 }));
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, command with { IfExists = true, IfRevision = revision })).Outcome);
    }

    [Fact]
    public async Task Put_if_not_exists_makes_a_key_once()
    {
        using var test = Start();
        var put = new CacheCommand("put") { Value = Value.Json("1"), IfNotExists = true };
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, put)).Outcome);
        Assert.Equal(CacheOutcome.Conflict, (await test.RunAsync(Key, put)).Outcome);
        await test.RunAsync(Key, CacheCommand.Delete);
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, put with { IfRevision = 0 })).Outcome);
    }

    [Fact]
    public async Task Test_and_set_is_a_lock_that_null_releases()
    {
        using var test = Start();
        CacheCommand Take(string owner) => new("test_and_set") { Expected = Value.Null, Value = Value.Json(owner), Ttl = TimeSpan.FromSeconds(1) };
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, Take("\"a\""))).Outcome);
        Assert.Equal("\"a\"", (await test.RunAsync(Key, Take("\"b\""))).OldValue.ToString());
        await test.RunAsync(Key, new CacheCommand("put"));
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, Take("\"b\""))).Outcome);
        test.Advance(1.2);
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, Take("\"c\""))).Outcome);
    }

    [Fact]
    public async Task Compare_and_swap_by_revision_wins_once()
    {
        using var test = Start();
        var revision = (await test.PutAsync(Key, "1")).Revision;
        var swap = new CacheCommand("compare_and_swap") { IfRevision = revision, Value = Value.Json("2") };
        var won = await test.RunAsync(Key, swap);
        Assert.Equal((CacheOutcome.Hit, revision), (won.Outcome, won.OldRevision));
        AssertConflict("Compare condition failed", Value.Json("2"), await test.RunAsync(Key, swap));
    }

    [Fact]
    public async Task With_an_expected_revision_an_expected_null_counts_as_not_given()
    {
        using var test = Start();
        var revision = (await test.PutAsync(Key, "1")).Revision;
        var swap = new CacheCommand("test_and_set") { IfRevision = revision, Expected = Value.Null, Value = Value.Json("2") };
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, swap)).Outcome);
        AssertConflict("Test condition failed", Value.Json("2"), await test.RunAsync(Key, swap));
        revision = (await test.GetAsync(Key)).Revision;
        AssertConflict("Test condition failed", Value.Json("2"), await test.RunAsync(Key, swap with { IfRevision = revision, Expected = Value.Json("1") }));
    }

    [Fact]
    public async Task An_entry_is_there_to_the_end_of_its_time_and_not_a_microsecond_longer()
    {
        using var test = Start();
        await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(1) });
        test.Advance(1);
        Assert.Equal(CacheOutcome.Hit, (await test.GetAsync(Key)).Outcome);
        test.Time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, new CacheCommand("put") { IfNotExists = true })).Outcome);
    }

    [Fact]
    public async Task Rewriting_clears_the_expiry_unless_it_is_kept()
    {
        using var test = Start();
        foreach (var (command, kept) in new[]
        {
            (new CacheCommand("put") { Value = Value.Json("2") }, false),
            (new CacheCommand("put") { Value = Value.Json("2"), KeepTtl = true }, true),
            (new CacheCommand("increment"), false),
            (new CacheCommand("increment") { KeepTtl = true }, true),
            (new CacheCommand("counter.increment"), true),
            (new CacheCommand("test_and_set") { Expected = Value.Json("1"), Value = Value.Json("2") }, false),
            (new CacheCommand("touch"), false),
            (new CacheCommand("touch") { KeepTtl = true }, true),
        })
        {
            await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(2) });
            test.Advance(1);
            var reply = await test.RunAsync(Key, command);
            Assert.Equal(kept ? test.Time.NowUs() + 1_000_000 : null, reply.Entry.ExpiresAtUs);
            test.Advance(1.5);
            Assert.Equal(kept ? CacheOutcome.Miss : CacheOutcome.Hit, (await test.GetAsync(Key)).Outcome);
        }
    }

    [Fact]
    public async Task A_structure_keeps_its_expiry_and_takes_a_new_one()
    {
        using var test = Start();
        var add = new CacheCommand("set.add") { Structure = new StructureArguments { Values = [Value.Json("1")] }, Ttl = TimeSpan.FromSeconds(2) };
        await test.RunAsync(Key, add);
        test.Advance(1);
        var reply = await test.StructureAsync(Key, "set.add", "2");
        Assert.Equal(test.Time.NowUs() + 1_000_000, reply.Entry.ExpiresAtUs);
        Assert.Equal(test.Time.NowUs() + 2_000_000, (await test.RunAsync(Key, add)).Entry.ExpiresAtUs);
        test.Advance(2.1);
        Assert.Equal(0, (await test.StructureAsync(Key, "set.size")).Size);
    }

    [Fact]
    public async Task Extend_ttl_and_touch_count_from_now()
    {
        using var test = Start();
        await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(2) });
        test.Advance(1.5);
        await test.RunAsync(Key, new CacheCommand("extend_ttl") { Ttl = TimeSpan.FromSeconds(3) });
        test.Advance(2.9);
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, new CacheCommand("touch") { Ttl = TimeSpan.FromSeconds(1) })).Outcome);
        test.Advance(1.1);
        Assert.Equal(CacheOutcome.Miss, (await test.RunAsync(Key, new CacheCommand("touch"))).Outcome);
    }

    [Fact]
    public async Task A_sliding_expiry_is_renewed_by_reads()
    {
        using var test = Start();
        await test.RunAsync(Key, new CacheCommand("put") { Value = Value.Json("1"), Ttl = TimeSpan.FromSeconds(2), Sliding = true });
        for (var i = 0; i < 5; i++)
        {
            test.Advance(1.9);
            Assert.Equal(CacheOutcome.Hit, (await test.GetAsync(Key)).Outcome);
        }

        test.Advance(1.9);
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, CacheCommand.Exists)).Outcome);
        test.Advance(0.2);
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
    }

    [Fact]
    public async Task A_negative_time_to_live_is_refused()
    {
        using var test = Start();
        Assert.Equal(ErrorCode.InvalidArgument, (await test.RunAsync(Key, new CacheCommand("put") { Ttl = TimeSpan.FromSeconds(-1) })).Error);
    }

    [Fact]
    public async Task A_retry_with_the_same_op_id_gets_the_first_answer_and_does_nothing()
    {
        using var test = Start();
        var increment = new CacheCommand("increment") { OpId = "a" };
        var first = await test.RunAsync(Key, increment);
        await test.RunAsync(Key, new CacheCommand("increment") { OpId = "b" });
        var again = await test.RunAsync(Key, increment);
        Assert.Equal((first.Value, first.Revision, true), (again.Value, again.Revision, again.Repeated));
        Assert.False(first.Repeated);
        Assert.Equal("2", (await test.GetAsync(Key)).Value.ToString());
    }

    [Fact]
    public async Task An_op_id_outlives_its_value_and_lapses_after_five_minutes()
    {
        using var test = Start();
        var take = new CacheCommand("test_and_set") { Value = Value.Json("1"), OpId = "a", Ttl = TimeSpan.FromSeconds(1) };
        var first = await test.RunAsync(Key, take);
        await test.RunAsync(Key, CacheCommand.Delete);
        Assert.Equal(first.Revision, (await test.RunAsync(Key, take)).Revision);
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
        test.Advance(299);
        Assert.Equal(first.Revision, (await test.RunAsync(Key, take)).Revision);
        test.Advance(1);
        Assert.NotEqual(first.Revision, (await test.RunAsync(Key, take)).Revision);
    }

    [Fact]
    public async Task Failures_are_remembered_like_successes()
    {
        using var test = Start();
        await test.PutAsync(Key, "1");
        var take = new CacheCommand("test_and_set") { Value = Value.Json("2"), OpId = "a" };
        Assert.Equal(CacheOutcome.Conflict, (await test.RunAsync(Key, take)).Outcome);
        await test.RunAsync(Key, CacheCommand.Delete);
        Assert.Equal(CacheOutcome.Conflict, (await test.RunAsync(Key, take)).Outcome);
    }

    [Fact]
    public async Task When_the_memory_of_op_ids_is_full_new_ones_are_refused_and_old_ones_kept()
    {
        using var test = Start(new CacheOptions { OpIdsPerKeyMax = 3 });
        for (var i = 0; i < 3; i++)
            Assert.Equal(ErrorCode.None, (await test.RunAsync(Key, new CacheCommand("increment") { OpId = $"{i}" })).Error);
        Assert.Equal(ErrorCode.OpIdMemoryFull, (await test.RunAsync(Key, new CacheCommand("increment") { OpId = "3" })).Error);
        Assert.Equal("1", (await test.RunAsync(Key, new CacheCommand("increment") { OpId = "0" })).Value.ToString());
        Assert.Equal("4", (await test.RunAsync(Key, new CacheCommand("increment"))).Value.ToString());
        test.Advance(300);
        Assert.Equal("5", (await test.RunAsync(Key, new CacheCommand("increment") { OpId = "3" })).Value.ToString());
    }

    [Fact]
    public async Task An_op_id_of_another_operation_on_the_key_is_refused_and_changes_nothing()
    {
        using var test = Start();
        var put = new CacheCommand("put") { Value = Value.Json("1"), OpId = "a" };
        await test.RunAsync(Key, put);
        var refused = await test.RunAsync(Key, new CacheCommand("increment") { OpId = "a" });
        Assert.Equal((ErrorCode.InvalidArgument, "The op_id belongs to another operation on this key"), (refused.Error, refused.Message));
        Assert.Equal("1", (await test.GetAsync(Key)).Value.ToString());
        Assert.True((await test.RunAsync(Key, put)).Repeated);
        Assert.Equal(ErrorCode.None, (await test.RunAsync(new CacheKey("ns", "other"), new CacheCommand("increment") { OpId = "a" })).Error);
    }

    [Fact]
    public async Task An_op_id_on_a_read_is_ignored()
    {
        using var test = Start();
        Assert.Equal(CacheOutcome.Miss, (await test.RunAsync(Key, CacheCommand.Get with { OpId = "a" })).Outcome);
        await test.PutAsync(Key, "1");
        Assert.Equal(CacheOutcome.Hit, (await test.RunAsync(Key, CacheCommand.Get with { OpId = "a" })).Outcome);
    }

    [Fact]
    public async Task List_queue_and_stack_share_a_sequence()
    {
        using var test = Start();
        await test.StructureAsync(Key, "queue.enqueue", "1", "2");
        await test.StructureAsync(Key, "stack.push", "3");
        await test.StructureAsync(Key, "list.prepend", "0");
        Assert.Equal("[0,1,2,3]", (await test.GetAsync(Key)).Value.ToString());
        Assert.Equal("0", (await test.StructureAsync(Key, "queue.dequeue")).Result.ToString());
        Assert.Equal("3", (await test.StructureAsync(Key, "stack.pop")).Result.ToString());
        Assert.Equal(ErrorCode.WrongStructure, (await test.StructureAsync(Key, "set.add", "1")).Error);
    }

    [Fact]
    public async Task Append_to_a_list_in_the_server_adds_to_it()
    {
        using var test = Start();
        await test.StructureAsync(Key, "list.append", "1");
        var reply = await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Json("[2,3]") });
        Assert.Equal(("[1]", "[1,2,3]", 3L), (reply.OldValue.ToString(), reply.Value.ToString(), reply.Size));
        await test.RunAsync(Key, new CacheCommand("prepend") { Value = Value.Json("0") });
        Assert.Equal("[0,1,2,3]", (await test.GetAsync(Key)).Value.ToString());
        await test.StructureAsync(new CacheKey("ns", "set"), "set.add", "1");
        Assert.Equal(ErrorCode.IncompatibleTypes, (await test.RunAsync(new CacheKey("ns", "set"), new CacheCommand("append") { Value = Value.Json("1") })).Error);
    }

    [Fact]
    public async Task A_structure_is_equal_to_its_json()
    {
        using var test = Start();
        await test.StructureAsync(Key, "list.append", "1", "2");
        var reply = await test.RunAsync(Key, new CacheCommand("test_and_set") { Expected = Value.Json("[1.0, 2]"), Value = Value.Json("3") });
        Assert.Equal((CacheOutcome.Hit, "[1,2]"), (reply.Outcome, reply.OldValue.ToString()));
    }

    [Fact]
    public async Task Members_that_are_not_json_stay_what_they_are()
    {
        using var test = Start();
        var append = new CacheCommand("list.append") { Structure = new StructureArguments { Values = [Value.Text("a\"b"), Value.FromBytes(new byte[] { 1, 2 })] } };
        await test.RunAsync(Key, append);
        Assert.Equal("""["a\"b","AQI="]""", (await test.GetAsync(Key)).Value.ToString());
        Assert.Equal(Value.FromBytes(new byte[] { 1, 2 }), (await test.StructureAsync(Key, "list.pop_back")).Result);
        Assert.Equal(Value.Text("a\"b"), (await test.StructureAsync(Key, "list.pop_back")).Result);
    }

    [Fact]
    public async Task Text_and_bytes_are_appended_to_their_kind()
    {
        using var test = Start();
        await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Text("a") });
        await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Json("\"\\u0062\"") });
        Assert.Equal(Value.Text("ab"), (await test.GetAsync(Key)).Value);
        await test.RunAsync(Key, new CacheCommand("put") { Value = Value.FromBytes(new byte[] { 1 }) });
        await test.RunAsync(Key, new CacheCommand("prepend") { Value = Value.FromBytes(new byte[] { 2 }) });
        Assert.Equal(Value.FromBytes(new byte[] { 2, 1 }), (await test.GetAsync(Key)).Value);
        Assert.Equal(ErrorCode.IncompatibleTypes, (await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Text("a") })).Error);
    }

    [Fact]
    public async Task Sets_of_other_keys_are_combined()
    {
        using var test = Start();
        await test.StructureAsync(new CacheKey("ns", "a"), "set.add", "1", "2", "3");
        await test.StructureAsync(new CacheKey("ns", "b"), "set.add", "2", "3");
        await test.StructureAsync(new CacheKey("other", "c"), "set.add", "3", "4");
        var arguments = new StructureArguments { OtherSetKeys = ["ns:b", "other:c", "missing"] };
        var union = await test.RunAsync(new CacheKey("ns", "a"), new CacheCommand("set.union") { Structure = arguments });
        AssertJson("[1,2,3,4]", union.Result, unordered: true);
        arguments = arguments with { OtherSetKeys = ["b", "other:c"] };
        AssertJson("[3]", (await test.RunAsync(new CacheKey("ns", "a"), new CacheCommand("set.intersection") { Structure = arguments })).Result, true);
        AssertJson("[1]", (await test.RunAsync(new CacheKey("ns", "a"), new CacheCommand("set.difference") { Structure = arguments })).Result, true);
        await test.PutAsync(new CacheKey("ns", "b"), "7");
        Assert.Equal(ErrorCode.WrongStructure, (await test.RunAsync(new CacheKey("ns", "a"), new CacheCommand("set.union") { Structure = arguments })).Error);
    }

    [Fact]
    public async Task Limits_hold_at_the_limit_and_refuse_past_it()
    {
        var options = new CacheOptions
        {
            NamespaceCharsMax = 4, IdentifierCharsMax = 5, VersionCharsMax = 6, ValueBytesMax = 1_024, StructureMembersMax = 3,
        };
        using var test = Start(options);
        var put = new CacheCommand("put") { Value = Value.Json("1") };
        Assert.Equal(ErrorCode.None, (await test.RunAsync(new CacheKey("1234", "12345", "123456"), put)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await test.RunAsync(new CacheKey("12345", "1"), put)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await test.RunAsync(new CacheKey("1", "123456"), put)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await test.RunAsync(new CacheKey("1", "1", "1234567"), put)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await test.RunAsync(new CacheKey("", "1"), CacheCommand.Get)).Error);
        Assert.Equal(ErrorCode.InvalidName, (await test.RunAsync(new CacheKey("1", ""), CacheCommand.Get)).Error);

        var full = "\"" + new string('x', 1_022) + "\"";
        Assert.Equal(ErrorCode.None, (await test.PutAsync(Key, full)).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.PutAsync(Key, "1" + full)).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Json("\"y\"") })).Error);
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Key, new CacheCommand("append") { Value = Value.Json("\"\"") })).Error);

        var list = new CacheKey("ns", "list");
        Assert.Equal(ErrorCode.None, (await test.StructureAsync(list, "list.append", "1", "2", full)).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.StructureAsync(list, "list.append", "4")).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.StructureAsync(list, "queue.enqueue", "1" + full)).Error);
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.GetAsync(list)).Error);
        Assert.Equal(3, (await test.StructureAsync(list, "list.size")).Size);
    }

    [Fact]
    public async Task Each_structure_holds_its_members_at_most()
    {
        using var test = Start(new CacheOptions { StructureMembersMax = 2 });
        foreach (var (operation, again) in new[]
        {
            ("set.add", ErrorCode.None), ("list.append", ErrorCode.ValueTooLarge), ("list.prepend", ErrorCode.ValueTooLarge),
            ("queue.enqueue", ErrorCode.ValueTooLarge), ("stack.push", ErrorCode.ValueTooLarge), ("sorted_set.add", ErrorCode.None),
        })
        {
            var key = new CacheKey("ns", operation);
            Assert.Equal(ErrorCode.None, (await test.StructureAsync(key, operation, "1", "2")).Error);
            Assert.Equal(ErrorCode.ValueTooLarge, (await test.StructureAsync(key, operation, "3")).Error);
            Assert.Equal(again, (await test.StructureAsync(key, operation, "2")).Error);
        }

        await test.StructureAsync(Key, "map.set", "\"a\"", "1");
        await test.StructureAsync(Key, "map.set", "\"b\"", "1");
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.StructureAsync(Key, "map.increment_field", "\"c\"")).Error);
        Assert.Equal(ErrorCode.None, (await test.StructureAsync(Key, "map.increment_field", "\"b\"")).Error);
    }

    [Fact]
    public async Task At_most_64_sets_are_combined()
    {
        using var test = Start();
        CacheCommand Union(int sets) => new("set.union") { Structure = new() { OtherSetKeys = [.. Enumerable.Range(0, sets).Select(i => $"ns:{i}")] } };
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Key, Union(64))).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await test.RunAsync(Key, Union(65))).Error);
    }

    [Fact]
    public async Task An_op_id_has_1_to_255_characters()
    {
        using var test = Start();
        Assert.Equal(ErrorCode.None, (await test.RunAsync(Key, new CacheCommand("put") { OpId = new string('x', 255) })).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await test.RunAsync(Key, new CacheCommand("put") { OpId = new string('x', 256) })).Error);
        Assert.Equal(ErrorCode.InvalidArgument, (await test.RunAsync(Key, new CacheCommand("put") { OpId = "" })).Error);
    }

    [Fact]
    public async Task What_is_larger_than_the_memory_budget_is_refused()
    {
        using var test = Start(new CacheOptions { MemoryBytesMax = 64 * 1024 });
        Assert.Equal(ErrorCode.ValueTooLarge, (await test.PutAsync(Key, "\"" + new string('x', 70_000) + "\"")).Error);
        Assert.Equal(CacheOutcome.Miss, (await test.GetAsync(Key)).Outcome);
        for (var i = 0; i < 100; i++)
            Assert.Equal(ErrorCode.None, (await test.PutAsync(new CacheKey("ns", $"{i}"), "\"" + new string('x', 2_000) + "\"")).Error);
    }

    [Fact]
    public async Task One_of_many_wins_each_test_and_set()
    {
        using var test = Start();
        const int Rounds = 200;
        const int Clients = 8;
        var wins = new int[Rounds];
        using var barrier = new Barrier(Clients);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Factory.StartNew(
            () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    barrier.SignalAndWait();
                    var reply = test.RunAsync(Key, new CacheCommand("test_and_set")
                    {
                        Expected = round == 0 ? Value.Null : Value.Json($"{round - 1}"),
                        Value = Value.Json($"{round}"),
                    }).AsTask().GetAwaiter().GetResult();
                    if (reply.Outcome == CacheOutcome.Hit)
                        Interlocked.Increment(ref wins[round]);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.All(wins, won => Assert.Equal(1, won));
    }

    [Fact]
    public async Task Increments_from_many_clients_all_count()
    {
        using var test = Start();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
                await test.RunAsync(new CacheKey("ns", $"{i % 5}"), new CacheCommand("increment"));
        })));
        for (var i = 0; i < 5; i++)
            Assert.Equal("800", (await test.GetAsync(new CacheKey("ns", $"{i}"))).Value.ToString());
    }

    internal static void AssertJson(string? expected, Value actual, bool unordered)
    {
        if (expected is null)
            return;
        if (!unordered || expected[0] != '[')
        {
            Assert.Equal(expected, actual.ToString());
            return;
        }

        static IEnumerable<string> Members(string json) => JsonDocument.Parse(json).RootElement.EnumerateArray().Select(e => e.GetRawText()).Order();
        Assert.Equal(Members(expected), Members(actual.ToString()));
    }

    private static void AssertConflict(string message, Value old, CacheReply reply)
    {
        Assert.Equal((CacheOutcome.Conflict, ErrorCode.ConditionFailed, message), (reply.Outcome, reply.Error, reply.Message));
        Assert.Equal(old, reply.OldValue);
    }

    // Native: put there by the structure's own operations rather than as plain JSON.
    private static async Task<long> GiveAsync(CacheUnderTest test, CacheCase c, bool native)
    {
        if (c.Given is null)
            return 0;
        await test.PutAsync(Key, c.Given);
        var touch = !native ? null : c.Operation[..Math.Max(0, c.Operation.IndexOf('.', StringComparison.Ordinal))] switch
        {
            "set" => new CacheCommand("set.add") { Structure = new() { Values = [Value.Json("\"?\"")] } },
            "list" or "queue" or "stack" => new CacheCommand("list.append") { Structure = new() { Values = [Value.Json("\"?\"")] } },
            "map" => new CacheCommand("map.set_field") { Structure = new() { FieldUpdates = [new("?", Value.Null)] } },
            "sorted_set" => new CacheCommand("sorted_set.add") { Structure = new() { Values = [Value.Json("\"?\"")] } },
            _ => null,
        };
        if (touch is not null && (await test.RunAsync(Key, touch)).Outcome == CacheOutcome.Hit)
        {
            var undo = touch.Operation switch
            {
                "set.add" => await test.StructureAsync(Key, "set.remove", "\"?\""),
                "list.append" => await test.StructureAsync(Key, "list.pop"),
                "map.set_field" => await test.StructureAsync(Key, "map.delete", "\"?\""),
                _ => await test.StructureAsync(Key, "sorted_set.remove", "\"?\""),
            };
            Assert.Equal(CacheOutcome.Hit, undo.Outcome);
        }

        return (await test.GetAsync(Key)).Revision;
    }
}
