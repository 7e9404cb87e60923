namespace Grains.Tests.Client;

/// <summary>The verbs of the cache.</summary>
public abstract class CacheApiContract : UserApiContract
{
    [Fact]
    public async Task A_value_comes_back_as_it_was_put()
    {
        await Cache.PutAsync(Key("p"), new Person("Ada", 36));
        Assert.Equal(new Person("Ada", 36), await Cache.GetAsync<Person>(Key("p")));
        await Cache.PutAsync(Key("b"), new byte[] { 0, 255, 7 });
        Assert.Equal(new byte[] { 0, 255, 7 }, await Cache.GetAsync<byte[]>(Key("b")));
        await Cache.PutAsync(Key("t"), Value.Text("häh\u0000"));
        Assert.Equal(Value.Text("häh\u0000"), await Cache.GetAsync<Value>(Key("t")));
        await Cache.PutAsync(Key("j"), Value.Json("{ \"a\" : 1.0 }"));
        Assert.Equal("{ \"a\" : 1.0 }", (await Cache.GetAsync<Value>(Key("j"))).ToString());
    }

    [Fact]
    public async Task A_value_of_another_shape_is_refused_by_its_key()
    {
        await Cache.PutAsync(Key("shape"), "text");
        await Cache.PutAsync(Key("bytes"), new byte[] { 1 });

        foreach (var key in new[] { Key("shape"), Key("bytes") })
        {
            var refused = await Assert.ThrowsAsync<GrainsException>(() => Cache.GetAsync<int>(key).AsTask());
            Assert.Equal((ErrorCode.IncompatibleTypes, Retry.No), (refused.Code, refused.Retry));
            Assert.Contains(key.ToString(), refused.Message, StringComparison.Ordinal);
            Assert.NotNull(refused.InnerException);
            await Assert.ThrowsAsync<GrainsException>(() => Cache.TryGetAsync<int>(key).AsTask());
        }
    }

    [Fact]
    public async Task A_missing_key_is_not_found_and_a_stored_null_is()
    {
        Assert.Null(await Cache.GetAsync<string>(Key("none")));
        Assert.False((await Cache.TryGetAsync<string>(Key("none"))).Found);
        var revision = await Cache.PutAsync<string?>(Key("null"), null);
        var item = await Cache.TryGetAsync<string>(Key("null"));
        Assert.Equal((true, null, revision), (item.Found, item.Value, item.Revision));
    }

    [Fact]
    public async Task Conditions_decide_whether_a_put_happens()
    {
        Assert.False(await Cache.PutIfPresentAsync(Key("c"), 1));
        Assert.True(await Cache.PutIfAbsentAsync(Key("c"), 1));
        Assert.False(await Cache.PutIfAbsentAsync(Key("c"), 2));
        Assert.True(await Cache.PutIfPresentAsync(Key("c"), 3));
        var revision = (await Cache.TryGetAsync<int>(Key("c"))).Revision;
        Assert.True(await Cache.PutIfRevisionAsync(Key("c"), 4, revision));
        Assert.False(await Cache.PutIfRevisionAsync(Key("c"), 5, revision));
        Assert.Equal(4, await Cache.GetAsync<int>(Key("c")));
    }

    [Fact]
    public async Task Keys_are_deleted_and_their_revisions_go_on()
    {
        var first = await Cache.PutAsync(Key("d"), 1);
        Assert.True(await Cache.ExistsAsync(Key("d")));
        Assert.True(await Cache.DeleteAsync(Key("d")));
        Assert.False(await Cache.DeleteAsync(Key("d")));
        Assert.False(await Cache.ExistsAsync(Key("d")));
        Assert.True(await Cache.PutAsync(Key("d"), 1) > first);
    }

    [Fact]
    public async Task Entries_expire_exactly_and_can_be_kept_longer()
    {
        await Cache.PutAsync(Key("ttl"), 1, TimeSpan.FromSeconds(10));
        Server.Time!.Advance(TimeSpan.FromSeconds(9));
        Assert.True(await Cache.ExtendTtlAsync(Key("ttl"), TimeSpan.FromSeconds(10)));
        Server.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, await Cache.GetAsync<int>(Key("ttl")));
        Server.Time.Advance(TimeSpan.FromSeconds(1.000001));
        Assert.False(await Cache.ExistsAsync(Key("ttl")));
        Assert.False(await Cache.ExtendTtlAsync(Key("ttl"), TimeSpan.FromSeconds(10)));
        Assert.False(await Cache.TouchAsync(Key("ttl")));
    }

    [Fact]
    public async Task Test_and_set_tells_whether_it_won_and_what_was_there()
    {
        Assert.True((await Cache.TestAndSetAsync(Key("lock"), null, "me")).Succeeded);
        var lost = await Cache.TestAndSetAsync(Key("lock"), null, "you");
        Assert.Equal((false, "me"), (lost.Succeeded, lost.OldValue));
        Assert.True((await Cache.TestAndSetAsync(Key("lock"), "me", "you")).Succeeded);
        Assert.Equal("you", await Cache.GetAsync<string>(Key("lock")));
    }

    [Fact]
    public async Task Compare_and_swap_goes_by_revision()
    {
        var made = await Cache.CompareAndSwapAsync(Key("cas"), 0, 1);
        Assert.True(made.Succeeded);
        Assert.False((await Cache.CompareAndSwapAsync(Key("cas"), 0, 2)).Succeeded);
        Assert.True((await Cache.CompareAndSwapAsync(Key("cas"), made.Revision, 2)).Succeeded);
    }

    [Fact]
    public async Task Concurrent_updates_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Cache.UpdateAsync<int>(Key("u"), n => n + 1).AsTask()));
        Assert.Equal(20, await Cache.GetAsync<int>(Key("u")));
    }

    [Fact]
    public async Task Numbers_are_counted_exactly_and_overflow_is_refused()
    {
        Assert.Equal(6, await Cache.IncrementAsync(Key("n"), 5, initial: 1));
        Assert.Equal(4, await Cache.DecrementAsync(Key("n"), 2));
        Assert.Equal(4.5, await Cache.IncrementAsync(Key("n"), 0.5));
        await Cache.PutAsync(Key("max"), long.MaxValue);
        var overflow = await Assert.ThrowsAsync<GrainsException>(() => Cache.IncrementAsync(Key("max")).AsTask());
        Assert.Equal(ErrorCode.Overflow, overflow.Code);
        await Cache.PutAsync(Key("word"), "x");
        Assert.Equal(ErrorCode.NotNumeric, (await Assert.ThrowsAsync<GrainsException>(() => Cache.IncrementAsync(Key("word")).AsTask())).Code);
    }

    [Fact]
    public async Task Many_writes_to_one_key_are_all_taken()
    {
        for (var i = 1; i <= 200; i++)
            Assert.Equal(i, await Cache.IncrementAsync(Key("many")));
    }

    [Fact]
    public async Task Text_and_lists_grow_at_both_ends()
    {
        await Cache.AppendAsync(Key("s"), "b");
        await Cache.PrependAsync(Key("s"), "a");
        Assert.Equal("ab", await Cache.GetAsync<string>(Key("s")));
        await Cache.AppendAsync(Key("l"), new[] { 1, 2 });
        await Cache.AppendAsync(Key("l"), 3);
        Assert.Equal(new[] { 1, 2, 3 }, await Cache.GetAsync<int[]>(Key("l")));
    }

    [Fact]
    public async Task A_value_is_made_once()
    {
        Assert.Equal(7, await Cache.GetOrAddAsync(Key("made"), _ => new ValueTask<int>(7)));
        Assert.Equal(7, await Cache.GetOrAddAsync(Key("made"), _ => new ValueTask<int>(8)));
    }

    [Fact]
    public async Task Sets_have_members()
    {
        var set = Cache.Set(Key("set"));
        Assert.Equal(2, await set.AddAsync<string>(["a", "b"]));
        Assert.Equal(2, await set.AddAsync("a"));
        Assert.True(await set.ContainsAsync("a"));
        Assert.False(await set.ContainsAsync("z"));
        Assert.True(await set.RemoveAsync("b"));
        Assert.False(await set.RemoveAsync("b"));
        Assert.Equal(new[] { "a" }, await set.MembersAsync<string>());
        await Cache.Set(Key("other")).AddAsync<string>(["a", "c"]);
        Assert.Equal(new[] { "a", "c" }, (await set.UnionAsync<string>([Key("other")])).Order());
        Assert.Equal(new[] { "a" }, await set.IntersectionAsync<string>([Key("other")]));
        Assert.Empty(await set.DifferenceAsync<string>([Key("other")]));
        await set.ClearAsync();
        Assert.Equal(0, await set.SizeAsync());
        Assert.False(await Cache.Set(Key("missing")).ContainsAsync("a"));
        Assert.Empty(await Cache.Set(Key("missing")).MembersAsync<string>());
    }

    [Fact]
    public async Task Lists_have_items_in_order()
    {
        var list = Cache.List(Key("list"));
        Assert.Equal(2, await list.AppendAsync<int>([2, 3]));
        Assert.Equal(3, await list.PrependAsync(1));
        Assert.Equal(4, await list.InsertAsync(1, 9));
        Assert.Equal(new[] { 1, 9, 2, 3 }, await list.RangeAsync<int>());
        Assert.Equal(new[] { 9, 2 }, await list.RangeAsync<int>(1, 3));
        Assert.True(await list.RemoveAsync(9));
        Assert.False(await list.RemoveAsync(9));
        Assert.Equal(2, (await list.GetAsync<int>(1)).Value);
        Assert.False((await list.GetAsync<int>(7)).Found);
        Assert.Equal(3, (await list.PopBackAsync<int>()).Value);
        Assert.Equal(1, (await list.PopFrontAsync<int>()).Value);
        Assert.Equal(2, (await list.PopAsync<int>()).Value);
        Assert.False((await list.PopAsync<int>()).Found);
        Assert.Equal(0, await list.SizeAsync());
    }

    [Fact]
    public async Task Maps_have_fields()
    {
        var map = Cache.Map(Key("map"));
        Assert.Equal(1, await map.SetAsync("name", "Ada"));
        Assert.Equal(3, await map.SetAsync(new Dictionary<string, int> { ["x"] = 1, ["y"] = 2 }));
        Assert.Equal("Ada", (await map.GetAsync<string>("name")).Value);
        Assert.False((await map.GetAsync<string>("none")).Found);
        Assert.Equal(5, await map.IncrementAsync("x", 4));
        Assert.Equal(new Dictionary<string, int> { ["x"] = 5, ["y"] = 2 }, await map.GetAsync<int>(["x", "y", "none"]));
        Assert.True(await map.ContainsAsync("y"));
        Assert.True(await map.DeleteAsync("name"));
        Assert.False(await map.DeleteAsync("name"));
        Assert.Equal(new[] { "x", "y" }, (await map.KeysAsync()).Order());
        Assert.Equal(new[] { 2, 5 }, (await map.ValuesAsync<int>()).Order());
        Assert.Equal(2, (await map.AllAsync<int>()).Count);
        Assert.Equal(1, await map.DeleteAsync(["x", "none"]));
        Assert.Equal(1, await map.SizeAsync());
    }

    [Fact]
    public async Task Sorted_sets_are_ordered_by_score()
    {
        var set = Cache.SortedSet(Key("sorted"));
        Assert.Equal(1, await set.AddAsync("b", 2));
        Assert.Equal(3, await set.AddAsync<string>([new("a", 1), new("c", 3)]));
        Assert.Equal(new[] { "a", "b", "c" }, await set.RangeAsync<string>());
        Assert.Equal(new[] { "b", "c" }, await set.RangeByScoreAsync<string>(2, 3));
        Assert.Equal(new[] { "c" }, await set.TopAsync<string>(1));
        Assert.Equal(new[] { "a" }, await set.BottomAsync<string>(1));
        Assert.Equal((2.0, 1L), (await set.ScoreAsync("b"), await set.RankAsync("b")));
        Assert.Null(await set.ScoreAsync("z"));
        Assert.Null(await set.RankAsync("z"));
        Assert.True(await set.RemoveAsync("a"));
        Assert.Equal(2, await set.SizeAsync());
    }

    [Fact]
    public async Task Counters_queues_and_stacks_do_what_they_are_named_for()
    {
        var counter = Cache.Counter(Key("counter"));
        Assert.Equal(3, await counter.IncrementAsync(3));
        Assert.Equal(2, await counter.DecrementAsync());
        await counter.SetAsync(9);
        Assert.Equal(9, await counter.GetAsync());
        await counter.ResetAsync();
        Assert.Equal(0, await counter.GetAsync());

        var queue = Cache.Queue(Key("queue"));
        await queue.EnqueueAsync<int>([1, 2]);
        Assert.Equal(1, (await queue.PeekAsync<int>()).Value);
        Assert.Equal(1, (await queue.DequeueAsync<int>()).Value);
        Assert.Equal(2, (await queue.DequeueAsync<int>()).Value);
        Assert.False((await queue.DequeueAsync<int>()).Found);

        var stack = Cache.Stack(Key("stack"));
        await stack.PushAsync<int>([1, 2]);
        Assert.Equal(2, (await stack.PopAsync<int>()).Value);
        Assert.Equal(1, await stack.SizeAsync());
    }

    [Fact]
    public async Task A_key_that_holds_something_else_is_refused()
    {
        await Cache.PutAsync(Key("wrong"), "text");
        Assert.Equal(ErrorCode.WrongStructure, (await Assert.ThrowsAsync<GrainsException>(() => Cache.Set(Key("wrong")).AddAsync(1).AsTask())).Code);
    }

    [Fact]
    public async Task A_namespace_is_counted_scanned_and_cleared()
    {
        var space = Cache.Namespace("space");
        for (var i = 0; i < 25; i++)
            await Cache.PutAsync(new CacheKey("space", $"k{i:00}"), i);
        await Cache.PutAsync(new CacheKey("space", "old", "v2"), 1);
        Assert.Equal(26, await space.CountAsync());
        var scanned = await space.ScanAsync("*", pieceEntriesMax: 10).ToListAsync();
        Assert.Equal(26, scanned.Distinct().Count());
        Assert.Contains(new CacheKey("space", "old", "v2"), scanned);
        Assert.Equal(10, await space.ClearAsync("k0?", dryRun: true));
        Assert.Equal(10, await space.ClearAsync("k0?"));
        Assert.Equal(16, await space.CountAsync());
    }

    [Fact]
    public async Task Identifiers_with_an_at_sign_are_scanned_as_they_are()
    {
        var key = new CacheKey("at", "user@example.com");
        await Cache.PutAsync(key, 1);
        await Cache.PutAsync(new CacheKey("at", "user@example.com", "v2"), 1);
        var scanned = await Cache.Namespace("at").ScanAsync().ToListAsync();
        Assert.Contains(key, scanned);
        Assert.Contains(new CacheKey("at", "user@example.com", "v2"), scanned);
    }

    [Fact]
    public async Task A_backup_is_restored_piece_by_piece()
    {
        for (var i = 0; i < 50; i++)
            await Cache.PutAsync(new CacheKey("backup", $"k{i}"), new string('x', 200));
        var pieces = await Cache.Namespace("backup").BackupAsync(pieceBytesMax: 4096).ToListAsync();
        Assert.True(pieces.Count > 1);
        Assert.Equal(50, await Cache.Namespace("backup").ClearAsync());
        Assert.Equal(50, await Cache.Namespace("backup").RestoreAsync(pieces.ToAsyncEnumerable()));
        Assert.Equal(new string('x', 200), await Cache.GetAsync<string>(new CacheKey("backup", "k7")));
    }

    [Fact]
    public async Task A_namespace_tells_its_changes()
    {
        await Cache.Namespace("told").PublishChangesAsync();
        await using var changes = await Grains.Topics.SubscribeAsync("cache.events.told");
        await Cache.PutAsync(new CacheKey("told", "k"), 1);
        await foreach (var change in changes.MessagesAsync<Value>().WithCancellation(new CancellationTokenSource(Patience).Token))
        {
            Assert.Contains("cache_put", change.Payload.ToString(), StringComparison.Ordinal);
            break;
        }
    }
}
