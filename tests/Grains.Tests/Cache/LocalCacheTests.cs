using Grains.Cache;
using Grains.Local;

namespace Grains.Tests.Cache;

public sealed class LocalCacheTests
{
    [Fact]
    public void A_warm_get_allocates_nothing()
    {
        using var cache = new LocalCache(new CacheOptions(), TimeProvider.System, null);
        var key = new CacheKey("ns", "key");
        Put(cache, key, "{\"a\":1}");
        var set = new CacheKey("ns", "set");
        Run(cache, set, new CacheCommand("set.add") { Structure = new StructureArguments { Values = [Value.Json("1")] } });
        var contains = new CacheCommand("set.contains") { Structure = new StructureArguments { Values = [Value.Json("1")] } };
        var missing = new CacheKey("ns", "missing");
        for (var i = 0; i < 100; i++)
            Reads();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            Reads();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Reads()
        {
            Run(cache, key, CacheCommand.Get);
            Run(cache, key, CacheCommand.Exists);
            Run(cache, set, contains);
            Run(cache, missing, CacheCommand.Get);
        }
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("invalidate")]
    public async Task An_operation_that_runs_out_of_time_says_how_far_it_came(string operation)
    {
        var time = new RunningTime();
        using var cache = new LocalCache(new CacheOptions(), time, null);
        for (var i = 0; i < 2_000; i++)
            Put(cache, new CacheKey("ns", $"{i}"), "1");
        time.Step = TimeSpan.FromMilliseconds(1);
        var reply = await cache.ExecuteAsync(new NamespaceCommand(operation, "ns") { Timeout = TimeSpan.FromMilliseconds(500) });
        time.Step = TimeSpan.Zero;
        Assert.Equal(ErrorCode.Timeout, reply.Error);
        Assert.InRange(reply.AffectedCount, 1, 1_999);
        Assert.Equal(2_000 - reply.AffectedCount, (await cache.ExecuteAsync(new NamespaceCommand("count", "ns"))).Count);
    }

    [Fact]
    public async Task A_large_namespace_is_worked_on_apart_from_the_thread_that_asks()
    {
        var time = new RunningTime();
        using var cache = new LocalCache(new CacheOptions(), time, null);
        for (var i = 0; i < 999; i++)
            Put(cache, new CacheKey("ns", $"{i}"), "1");
        time.Readers.Clear();
        var first = Environment.CurrentManagedThreadId;
        Assert.Equal(999, (await cache.ExecuteAsync(new NamespaceCommand("count", "ns"))).Count);
        Assert.Equal([first], time.Readers.Keys);
        Put(cache, new CacheKey("ns", "more"), "1");
        time.Readers.Clear();
        var asking = Environment.CurrentManagedThreadId;
        Assert.Equal(1_000, (await cache.ExecuteAsync(new NamespaceCommand("count", "ns"))).Count);
        Assert.Single(time.Readers);
        Assert.DoesNotContain(asking, time.Readers.Keys);
    }

    /// <summary>A clock that moves on each time it is read.</summary>
    private sealed class RunningTime : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

        public TimeSpan Step { get; set; }

        /// <summary>The threads that read it.</summary>
        public System.Collections.Concurrent.ConcurrentDictionary<int, bool> Readers { get; } = new();

        public override DateTimeOffset GetUtcNow()
        {
            Readers[Environment.CurrentManagedThreadId] = true;
            return new(Interlocked.Add(ref _ticks, Step.Ticks), TimeSpan.Zero);
        }
    }

    [Fact]
    public void Expired_entries_and_lapsed_op_ids_leave_no_memory_behind()
    {
        var time = new ManualTime();
        using var cache = new LocalCache(new CacheOptions(), time, null);
        for (var i = 0; i < 1_000; i++)
        {
            Run(cache, new CacheKey("ns", $"ttl{i}"), new CacheCommand("put") { Ttl = TimeSpan.FromSeconds(1 + (i % 7)) });
            Run(cache, new CacheKey("ns", $"op{i}"), new CacheCommand("test_and_set") { OpId = "x", Ttl = TimeSpan.FromSeconds(1) });
        }

        Assert.True(cache.UsedBytes > 0);
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(0, cache.UsedBytes);
    }

    [Fact]
    public void Rewriting_and_deleting_keeps_the_books_right()
    {
        using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var key = new CacheKey("ns", $"{random.Next(50)}");
            Run(cache, key, random.Next(5) switch
            {
                0 => CacheCommand.Delete,
                1 => new CacheCommand("append") { Value = Value.Json("\"x\"") },
                2 => new CacheCommand("list.append") { Structure = new StructureArguments { Values = [Value.Json("1")] } },
                3 => new CacheCommand("list.clear"),
                _ => new CacheCommand("put") { Value = Value.Json("[1]"), Metadata = new EntryMetadata { CreatedBy = "me" } },
            });
        }

        Run(cache, new NamespaceCommand("clear", "ns"));
        Assert.Equal(0, cache.UsedBytes);
    }

    [Fact]
    public void Op_ids_that_fill_the_memory_refuse_writes_until_they_lapse()
    {
        var time = new ManualTime();
        using var cache = new LocalCache(new CacheOptions { MemoryBytesMax = 64 * 1024 }, time, null);
        var value = "\"" + new string('x', 10_000) + "\"";
        var codes = Enumerable.Range(0, 8)
            .Select(i => Run(cache, new CacheKey("ns", $"{i}"), new CacheCommand("put") { Value = Value.Json(value), OpId = "x" }).Error).ToList();
        Assert.Equal(ErrorCode.None, codes[0]);
        Assert.Equal(ErrorCode.OutOfMemory, codes[^1]);
        Assert.InRange(cache.UsedBytes, 0, 64 * 1024);
        Assert.True(Run(cache, new CacheKey("ns", "0"), new CacheCommand("put") { OpId = "x" }).Repeated);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(ErrorCode.None, Put(cache, new CacheKey("ns", "8"), value).Error);
    }

    [Fact]
    public void A_handle_of_another_cache_or_a_grain_that_went_is_not_trusted()
    {
        var key = new CacheKey("ns", "key");
        using var first = new LocalCache(new CacheOptions(), new ManualTime(), null);
        using var second = new LocalCache(new CacheOptions(), new ManualTime(), null);
        Put(first, key, "1");
        Assert.Equal(CacheOutcome.Miss, Run(second, key, CacheCommand.Get).Outcome);
        Put(second, key, "2");
        Assert.Equal("1", Run(first, key, CacheCommand.Get).Value.ToString());
        Run(first, key, CacheCommand.Delete);
        Assert.Equal(CacheOutcome.Miss, Run(first, key, CacheCommand.Get).Outcome);
        Put(first, new CacheKey("ns", "key"), "3");
        Assert.Equal("3", Run(first, key, CacheCommand.Get).Value.ToString());
    }

    [Fact]
    public void A_small_value_does_not_hold_the_message_it_came_in()
    {
        using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
        var message = new byte[1_000];
        message[10] = (byte)'7';
        var key = new CacheKey("ns", "key");
        Run(cache, key, new CacheCommand("put") { Value = Value.Json(message.AsMemory(10, 1)) });
        message[10] = (byte)'8';
        Assert.Equal("7", Run(cache, key, CacheCommand.Get).Value.ToString());
    }

    [Fact]
    public void Empty_namespaces_do_not_pile_up()
    {
        using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
        for (var i = 0; i < 5_000; i++)
        {
            var key = new CacheKey($"ns{i}", "key");
            Put(cache, key, "1");
            Run(cache, key, CacheCommand.Delete);
        }

        var stats = Run(cache, new NamespaceCommand("stats", "")).Data.As<Stats>()!;
        Assert.InRange(stats.L1_statistics["namespaces"], 0, 1_001);
        Assert.Equal(5_000, stats.Operation_stats["writes"]);
    }

    [Fact]
    public void Namespaces_of_one_key_each_are_bounded_by_the_memory_budget_and_leave_the_books_empty()
    {
        const int Budget = 256 * 1024;
        using var cache = new LocalCache(new CacheOptions { MemoryBytesMax = Budget }, new ManualTime(), null);
        for (var i = 0; i < 5_000; i++)
        {
            Put(cache, new CacheKey($"{i} {new string('n', 200)}", "key"), "1");
            Assert.InRange(cache.UsedBytes, 1, Budget);
        }

        // Each has a name of more than 400 bytes; the others are no more than the empty ones that are kept for their counters.
        var stats = Run(cache, new NamespaceCommand("stats", "")).Data.As<Stats>()!;
        Assert.InRange(stats.L1_statistics["entry_count"], 1, Budget / 800);
        Assert.InRange(stats.L1_statistics["namespaces"], 1, 1_001);
        for (var i = 0; i < 5_000; i++)
            Run(cache, new CacheKey($"{i} {new string('n', 200)}", "key"), CacheCommand.Delete);
        Assert.Equal(0, cache.UsedBytes);
    }

    [Fact]
    public void Op_ids_in_many_namespaces_are_refused_when_their_names_fill_the_memory()
    {
        const int Budget = 256 * 1024;
        var time = new ManualTime();
        using var cache = new LocalCache(new CacheOptions { MemoryBytesMax = Budget }, time, null);
        var refused = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var reply = Run(cache, new CacheKey($"{i} {new string('n', 200)}", $"{i} {new string('k', 1_000)}"), new CacheCommand("put") { OpId = "x" });
            refused += reply.Error == ErrorCode.OutOfMemory ? 1 : 0;
            Assert.InRange(cache.UsedBytes, 1, Budget);
        }

        Assert.InRange(refused, 1_500, 1_999);
        time.Advance(TimeSpan.FromMinutes(6));
        Run(cache, new NamespaceCommand("clear", ""));
        Assert.Equal(ErrorCode.None, Run(cache, new CacheKey("ns", "k"), new CacheCommand("put") { OpId = "x" }).Error);
    }

    [Fact]
    public void At_most_10000_namespaces_are_configured()
    {
        using var cache = new LocalCache(new CacheOptions(), new ManualTime(), null);
        for (var i = 0; i < 10_000; i++)
            Assert.Equal(ErrorCode.None, Run(cache, new NamespaceCommand("configure", $"{i}") { PublishChanges = true }).Error);
        Assert.Equal(ErrorCode.OutOfMemory, Run(cache, new NamespaceCommand("configure", "one more") { PublishChanges = true }).Error);
        Assert.Equal(ErrorCode.None, Run(cache, new NamespaceCommand("configure", "7") { PublishChanges = false }).Error);
    }

    [Fact]
    public async Task Many_threads_on_few_keys_with_expiry_and_eviction_leave_a_sound_cache()
    {
        var time = new ManualTime();
        using var cache = new LocalCache(new CacheOptions { MemoryBytesMax = 128 * 1024 }, time, null);
        var keys = Enumerable.Range(0, 400).Select(i => new CacheKey($"ns{i % 3}", $"key{i}")).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() => Hammer(cache, time, keys, new Random(seed)))));
        Assert.InRange(cache.UsedBytes, 1, 128 * 1024);
        time.Advance(TimeSpan.FromSeconds(1));
        var counted = 0L;
        for (var i = 0; i < 3; i++)
        {
            counted += Run(cache, new NamespaceCommand("count", $"ns{i}")).Count;
            Run(cache, new NamespaceCommand("clear", $"ns{i}"));
        }

        Assert.True(counted > 0);
        Assert.Equal(0, cache.UsedBytes);
    }

    [Fact]
    public void Two_hundred_mebibytes_are_backed_up_and_restored_piece_by_piece()
    {
        const int Entries = 2_000;
        var time = new ManualTime();
        using var source = new LocalCache(new CacheOptions(), time, null);
        using var target = new LocalCache(new CacheOptions(), new ManualTime(), null);
        for (var i = 0; i < Entries; i++)
            Put(source, new CacheKey("ns", $"{i}"), "\"" + new string((char)('a' + (i % 26)), 105_000) + "\"");
        string? cursor = null;
        var bytes = 0L;
        do
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var piece = source.Execute(new NamespaceCommand("backup", "ns") { Cursor = cursor, MaxBytes = 1024 * 1024 }, new WorkTime(time, null));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024 * 1024);
            Assert.InRange(piece.Data.Bytes.Length, 0, 1024 * 1024);
            Assert.Equal(piece.Count, Run(target, new NamespaceCommand("restore", "ns") { Data = piece.Data }).AffectedCount);
            bytes += piece.Data.Bytes.Length;
            cursor = piece.Cursor;
        }
        while (cursor is not null);
        Assert.True(bytes > 200L * 1024 * 1024);
        Assert.Equal(Entries, Run(target, new NamespaceCommand("count", "ns")).Count);
        for (var i = 0; i < Entries; i += 97)
            Assert.Equal(Run(source, new CacheKey("ns", $"{i}"), CacheCommand.Get).Value, Run(target, new CacheKey("ns", $"{i}"), CacheCommand.Get).Value);
    }

    private static void Hammer(LocalCache cache, ManualTime time, CacheKey[] keys, Random random)
    {
        for (var i = 0; i < 20_000; i++)
        {
            if (i % 50 == 0)
                time.Advance(TimeSpan.FromMilliseconds(1));
            var key = keys[random.Next(keys.Length)];
            if (random.Next(3) == 0)
                key = new CacheKey(key.Namespace, key.Identifier);
            var reply = Run(cache, key, random.Next(8) switch
            {
                0 => CacheCommand.Delete,
                1 => new CacheCommand("increment") { Ttl = TimeSpan.FromMilliseconds(random.Next(4)) },
                2 => new CacheCommand("put") { Value = Value.FromBytes(new byte[random.Next(2_000)]) },
                3 => new CacheCommand("set.add") { Structure = new StructureArguments { Values = [Value.Json("1")] }, Ttl = TimeSpan.FromMilliseconds(2) },
                4 => new CacheCommand("touch") { Ttl = TimeSpan.FromMilliseconds(random.Next(3)) },
                _ => CacheCommand.Get,
            });
            Assert.True(reply.Error is ErrorCode.None or ErrorCode.NotNumeric or ErrorCode.WrongStructure, reply.Message);
            if (random.Next(2_000) == 0)
                Run(cache, new NamespaceCommand("scan", "ns1"));
        }
    }

    // The Local engine ends its calls before it returns.
    private static CacheReply Run(LocalCache cache, CacheKey key, CacheCommand command)
    {
        var running = cache.ExecuteAsync(key, command);
        return running.IsCompletedSuccessfully ? running.Result : throw new InvalidOperationException("The call has not ended.");
    }

    private static NamespaceReply Run(LocalCache cache, NamespaceCommand command) =>
        cache.ExecuteAsync(command).AsTask().GetAwaiter().GetResult();

    private static CacheReply Put(LocalCache cache, CacheKey key, string json) => Run(cache, key, new CacheCommand("put") { Value = Value.Json(json) });

    private sealed record Stats(Dictionary<string, double> L1_statistics, Dictionary<string, double> Operation_stats);
}
