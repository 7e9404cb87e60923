using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

public sealed class CachedFunctionTests
{
    private static readonly FunctionOffer Offer = new("f") { CacheFor = TimeSpan.FromSeconds(10) };

    private int _runs;

    [Fact]
    public async Task A_result_is_kept_for_its_time()
    {
        await using var test = Start(table => table.Add(Offer, (int n) => $"{n} {Interlocked.Increment(ref _runs)}"));
        Assert.Equal("\"1 1\"", await ResultAsync(test, "[1]"));
        Assert.Equal("\"1 1\"", await ResultAsync(test, "[ 1 ]"));
        Assert.Equal("\"2 2\"", await ResultAsync(test, "[2]"));
        test.Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal("\"1 1\"", await ResultAsync(test, "[1]"));
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("\"1 3\"", await ResultAsync(test, "[1]"));
    }

    [Fact]
    public async Task Arguments_that_mean_the_same_share_a_result_and_others_do_not()
    {
        await using var test = Start(table => table.Add(Offer, (Value? a = null, Value? b = null) => Interlocked.Increment(ref _runs)));
        Assert.Equal("1", await ResultAsync(test, """[{"x":1,"y":["\u0061"]}]"""));
        Assert.Equal("1", await ResultAsync(test, """[ { "y":["a"], "x":1 } ]"""));
        Assert.Equal("1", await ResultAsync(test, """[{"x":2,"y":["a"],"x":1}]"""));
        Assert.Equal("1", (await test.CallAsync(new FunctionCall("f") { Keywords = Value.Json("""{"a":{"x":1,"y":["a"]}}""") })).Result.ToString());
        Assert.Equal("2", await ResultAsync(test, """[{"x":1,"y":["b"]}]"""));
        Assert.Equal("3", await ResultAsync(test, """[{"x":2,"y":["a"]}]"""));
        Assert.Equal("4", await ResultAsync(test, """["12","3"]"""));
        Assert.Equal("5", await ResultAsync(test, """["1","23"]"""));
        Assert.Equal("6", await ResultAsync(test, """["\ud800"]"""));
        Assert.Equal("6", await ResultAsync(test, """["\uD800"]"""));
    }

    [Fact]
    public async Task Failures_are_not_kept()
    {
        await using var test = Start(table => table.Add(Offer, int () => throw new InvalidOperationException($"{Interlocked.Increment(ref _runs)}")));
        Assert.Equal("InvalidOperationException: 1", (await test.CallAsync("f")).Details);
        Assert.Equal("InvalidOperationException: 2", (await test.CallAsync("f")).Details);
    }

    [Fact]
    public async Task Equal_calls_that_overlap_share_one_run()
    {
        var release = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var test = Start(table => table.Add(Offer, async () =>
        {
            Interlocked.Increment(ref _runs);
            return await release.Task;
        }, inline: true));
        var calls = Enumerable.Range(0, 20).Select(_ => test.CallAsync("f")).ToList();
        release.SetResult(7);
        Assert.All(await Task.WhenAll(calls), reply => Assert.Equal("7", reply.Result.ToString()));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_shared_run_is_cancelled_when_its_last_caller_has_gone()
    {
        var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var test = Start(table => table.Add(Offer, async (CancellationToken token) =>
        {
            using var registration = token.Register(() => stopped.TrySetResult(true));
            await Task.Delay(Timeout.Infinite, token);
        }, inline: true));
        var first = test.CallAsync(new FunctionCall("f"), callId: "first");
        var second = test.CallAsync(new FunctionCall("f"), callId: "second");
        await test.Engine.CancelAsync("first");
        Assert.Equal(ErrorCode.Cancelled, (await first).Error);
        Assert.False(stopped.Task.IsCompleted);
        await test.Engine.CancelAsync("second");
        Assert.Equal(ErrorCode.Cancelled, (await second).Error);
        Assert.True(await stopped.Task.OrFail());
    }

    [Fact]
    public async Task As_many_results_are_kept_as_may_and_then_the_least_recently_used_goes()
    {
        FunctionTable? kept = null;
        await using var test = LocalFunctionContract.StartLocal(new FunctionOptions { CachedResultsMax = 3 }, table =>
        {
            kept = table;
            table.Add(Offer, (int n) => Interlocked.Increment(ref _runs));
        });
        foreach (var n in new[] { 1, 2, 3 })
            await ResultAsync(test, $"[{n}]");
        Assert.Equal("1", await ResultAsync(test, "[1]"));
        Assert.Equal("4", await ResultAsync(test, "[4]"));
        Assert.Equal(3, kept!.Cache.Count);
        Assert.Equal("1", await ResultAsync(test, "[1]"));
        Assert.Equal("5", await ResultAsync(test, "[2]"));
    }

    [Fact]
    public async Task Kept_bytes_are_limited()
    {
        FunctionTable? kept = null;
        await using var test = LocalFunctionContract.StartLocal(new FunctionOptions { CachedBytesMax = 10_000 }, table =>
        {
            kept = table;
            table.Add(Offer, (int n) => new string('x', 3_000));
        });
        foreach (var n in new[] { 1, 2, 3, 4 })
            await ResultAsync(test, $"[{n}]");
        Assert.Equal(3, kept!.Cache.Count);
    }

    /// <summary>A result costs its bytes (here 3,002), two for each character of its key (here 2) and 256.</summary>
    [Theory]
    [InlineData(9_786, 3)]
    [InlineData(9_785, 2)]
    public async Task Kept_bytes_are_counted_to_the_byte(long bytesMax, int expected)
    {
        FunctionTable? kept = null;
        await using var test = LocalFunctionContract.StartLocal(new FunctionOptions { CachedBytesMax = bytesMax }, table =>
        {
            kept = table;
            table.Add(Offer, (int n) => new string('x', 3_000));
        });
        foreach (var n in new[] { 1, 2, 3 })
            await ResultAsync(test, $"[{n}]");
        Assert.Equal(expected, kept!.Cache.Count);
        await ResultAsync(test, "[4]");
        Assert.Equal(expected, kept.Cache.Count);
    }

    [Theory]
    [InlineData(0, long.MaxValue)]
    [InlineData(10, 0)]
    public async Task Nothing_is_kept_where_nothing_may_be(int resultsMax, long bytesMax)
    {
        var options = new FunctionOptions { CachedResultsMax = resultsMax, CachedBytesMax = bytesMax };
        await using var test = LocalFunctionContract.StartLocal(options, table => table.Add(Offer, (int n) => Interlocked.Increment(ref _runs)));
        Assert.Equal("1", await ResultAsync(test, "[1]"));
        Assert.Equal("2", await ResultAsync(test, "[1]"));
    }

    private static FunctionsUnderTest Start(Action<FunctionTable> functions) => LocalFunctionContract.StartLocal(null, functions);

    private static async Task<string> ResultAsync(FunctionsUnderTest test, string arguments) => (await test.CallAsync("f", arguments)).Result.ToString();
}
