using System.Text.Json;
using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

public sealed class FunctionTableTests
{
    private enum Colour
    {
        Red,
        Green,
    }

    private static string Greet(string name, int times = 2, bool loud = false) => string.Concat(Enumerable.Repeat(loud ? name.ToUpperInvariant() : name, times));

    [Theory]
    [InlineData("""["a"]""", "{}", "aa")]
    [InlineData("""["a",3]""", "{}", "aaa")]
    [InlineData("""["a"]""", """{"times":1,"loud":true}""", "A")]
    [InlineData("[]", """{"loud":true,"name":"b"}""", "BB")]
    [InlineData("""["a"]""", """{"TIMES":1}""", "a")]
    [InlineData("""["a"]""", """{"times":9,"times":1}""", "a")]
    public async Task Arguments_are_bound_by_position_name_and_default(string arguments, string keywords, string result)
    {
        var reply = await RunAsync(Greet, arguments, keywords);
        Assert.Equal(result, reply.Result.As<string>());
    }

    [Theory]
    [InlineData("[]", "{}", "f() is missing the argument 'name'.")]
    [InlineData("""["a",1,true,4]""", "{}", "f() takes 3 arguments but 4 were given.")]
    [InlineData("""["a"]""", """{"nope":1}""", "f() has no parameter 'nope'.")]
    [InlineData("""["a"]""", """{"name":"b"}""", "f() got 'name' twice.")]
    [InlineData("[1]", "{}", "The argument 'name' of f() must be a string.")]
    [InlineData("[null]", "{}", "The argument 'name' of f() must be a string, not null.")]
    [InlineData("""["a","x"]""", "{}", "The argument 'times' of f() must be a number (whole, from -2147483648 to 2147483647).")]
    [InlineData("""["a",null]""", "{}", "The argument 'times' of f() must be a number (whole, from -2147483648 to 2147483647), not null.")]
    [InlineData("""["a",99999999999]""", "{}", "The argument 'times' of f() must be a number (whole, from -2147483648 to 2147483647).")]
    [InlineData("{}", "{}", "The positional arguments are not a JSON array.")]
    [InlineData("[]", "[]", "The keyword arguments are not a JSON object.")]
    public async Task Arguments_that_do_not_fit_are_refused_in_words(string arguments, string keywords, string details)
    {
        var reply = await RunAsync(Greet, arguments, keywords);
        Assert.Equal((ErrorCode.InvalidArguments, "Invalid arguments"), (reply.Error, reply.Message));
        Assert.StartsWith(details, reply.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_does_not_fit_is_told_in_the_words_of_json()
    {
        async Task<string?> RefusalAsync(Delegate function, string argument) => (await RunAsync(function, $"[{argument}]", "{}")).Details;
        const string must = "The argument 'x' of f() must be ";
        Assert.Equal(must + "a number (whole, from 0 to 255) or null.", await RefusalAsync((byte? x) => x, "\"no\""));
        Assert.Equal(must + "a number.", await RefusalAsync((double x) => x, "true"));
        Assert.Equal(must + "true or false.", await RefusalAsync((bool x) => x, "1"));
        Assert.Equal(must + "a string.", await RefusalAsync((Guid x) => x, "\"no guid\""));
        Assert.Equal(must + "an array; what is at $[1] does not fit.", await RefusalAsync((int[] x) => x.Length, "[1,{}]"));
        Assert.Equal(must + "an object; what is at $.a does not fit.", await RefusalAsync((Dictionary<string, int?> x) => x.Count, """{"a":[]}"""));
        Assert.Equal(must + "an object with 'id'.", await RefusalAsync((Named x) => x.Id, "{}"));
        Assert.Equal(must + "a number (whole, from 0 to 255).", await RefusalAsync((params byte[] x) => x.Length, "256"));
    }

    private sealed record Named
    {
        public required int Id { get; init; }
    }

    [Fact]
    public async Task Parameters_of_many_kinds_are_understood()
    {
        Assert.Equal("null", await ResultAsync((int? n) => n, "[]"));
        Assert.Equal("null", await ResultAsync((int? n) => n, "[null]"));
        Assert.Equal("null", await ResultAsync((string? s) => s, "[]"));
        Assert.Equal("6", await ResultAsync((params int[] all) => all.Sum(), "[1,2,3]"));
        Assert.Equal("0", await ResultAsync((params int[] all) => all.Sum(), "[]"));
        Assert.Equal("\"a2\"", await ResultAsync((string first, params string[] rest) => first + rest.Length, """["a","b","c"]"""));
        Assert.Equal("{ \"raw\" : 1.0 }", await ResultAsync((Value v) => v, "[{ \"raw\" : 1.0 }]"));
        Assert.Equal("\"Array\"", await ResultAsync((JsonElement e) => e.ValueKind.ToString(), "[[1]]"));
        Assert.Equal("3", await ResultAsync((List<double> features) => features.Count, "[[1,2,3]]"));
        Assert.Equal("1", await ResultAsync((Colour colour = Colour.Green) => colour, "[]"));
        Assert.Equal("[2,1]", await ResultAsync((Dictionary<string, int> map) => map.Values, """[{"b":2,"a":1}]"""));
        Assert.Equal("0", await ResultAsync((DateTime at = default, int n = 0) => n, "[]"));
    }

    [Fact]
    public async Task Results_of_many_kinds_are_understood()
    {
        Assert.Equal("null", await ResultAsync(() => { }));
        Assert.Equal("null", await ResultAsync(() => Task.CompletedTask));
        Assert.Equal("null", await ResultAsync(async () => await Task.Yield()));
        Assert.Equal("null", await ResultAsync(ValueTask () => default));
        Assert.Equal("1", await ResultAsync(() => Task.FromResult(1)));
        Assert.Equal("2", await ResultAsync(ValueTask<int> () => new(2)));
        Assert.Equal("null", await ResultAsync(string? () => null));
        Assert.Equal("{\"someName\":1}", await ResultAsync(() => new { SomeName = 1 }));
        Assert.Equal("[1 ,2]", await ResultAsync(() => Value.Json("[1 ,2]")));
        Assert.Equal("[1,2]", await ResultAsync(() => Task.FromResult<IAsyncEnumerable<int>>(new[] { 1, 2 }.ToAsyncEnumerable())));
        var reply = await RunAsync(() => CallReply.Fail(ErrorCode.NotFound, "own"), "[]", "{}");
        Assert.Equal((ErrorCode.NotFound, "own"), (reply.Error, reply.Message));
    }

    [Fact]
    public async Task A_result_that_cannot_be_written_is_a_failure()
    {
        Assert.Equal(ErrorCode.ExecutionFailed, (await RunAsync(() => double.NaN, "[]", "{}")).Error);
        Assert.Equal(ErrorCode.ExecutionFailed, (await RunAsync(() => typeof(string), "[]", "{}")).Error);
        Assert.Equal(ErrorCode.ExecutionFailed, (await RunAsync(Task<int> () => null!, "[]", "{}")).Error);
    }

    [Fact]
    public async Task A_stream_that_throws_midway_fails_the_call()
    {
        static async IAsyncEnumerable<int> Items()
        {
            yield return 1;
            await Task.Yield();
            throw new InvalidOperationException("midway");
        }

        Assert.Equal("InvalidOperationException: midway", (await RunAsync(Items, "[]", "{}")).Details);
    }

    [Fact]
    public async Task A_collected_stream_meets_the_limit_of_a_result()
    {
        static async IAsyncEnumerable<int> Endless()
        {
            while (true)
            {
                await Task.Yield();
                yield return 1;
            }
        }

        await using var test = LocalFunctionContract.StartLocal(new FunctionOptions { ResultBytesMax = 1024 }, table => table.Add("f", Endless));
        var reply = await test.CallAsync("f");
        Assert.Equal((ErrorCode.ExecutionFailed, "The result is larger than the limit of 1024 bytes."), (reply.Error, reply.Details));
    }

    [Fact]
    public async Task Functions_come_change_and_go_while_the_engine_runs()
    {
        FunctionTable? table = null;
        await using var test = LocalFunctionContract.StartLocal(null, t => table = t);
        Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync("f")).Error);
        table!.Add("f", () => 1);
        Assert.Equal("1", (await test.CallAsync("f")).Result.ToString());
        var second = table.Add("f", () => 2);
        Assert.Equal("2", (await test.CallAsync("f")).Result.ToString());
        table.Add("f", () => 3);
        second.Dispose();
        Assert.Equal("3", (await test.CallAsync("f")).Result.ToString());
        Assert.True(table.Remove("f"));
        Assert.False(table.Remove("f"));
        Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync("f")).Error);
    }

    [Fact]
    public void Reserved_and_too_long_names_are_refused()
    {
        var table = new FunctionTable();
        Assert.Equal(ErrorCode.FunctionReserved, Assert.Throws<GrainsException>(() => table.Add("echo", () => 1)).Code);
        Assert.Equal(ErrorCode.InvalidName, Assert.Throws<GrainsException>(() => table.Add(new string('x', 256), () => 1)).Code);
        table.Add(new string('x', 255), () => 1);
    }

    [Fact]
    public void Offers_at_their_limits_are_taken_and_those_past_them_refused()
    {
        var table = new FunctionTable();
        ErrorCode Add(FunctionOffer offer)
        {
            try
            {
                table.Add(offer, () => 1);
                return ErrorCode.None;
            }
            catch (GrainsException e)
            {
                return e.Code;
            }
        }

        var offer = new FunctionOffer("f");
        Assert.Equal(ErrorCode.None, Add(offer with { Description = new string('x', 4096) }));
        Assert.Equal(ErrorCode.FunctionLimit, Add(offer with { Description = new string('x', 4097) }));
        Assert.Equal(ErrorCode.None, Add(offer with { Parameters = [.. Enumerable.Repeat("x", 256)] }));
        Assert.Equal(ErrorCode.FunctionLimit, Add(offer with { Parameters = [.. Enumerable.Repeat("x", 257)] }));
        Assert.Equal(ErrorCode.None, Add(offer with { Locs = [.. Enumerable.Repeat("x", 64)] }));
        Assert.Equal(ErrorCode.FunctionLimit, Add(offer with { Locs = [.. Enumerable.Repeat("x", 65)] }));
        Assert.Equal(ErrorCode.InvalidName, Add(offer with { Locs = [""] }));
        Assert.Equal(ErrorCode.InvalidName, Add(offer with { Version = new string('x', 256) }));
        Assert.Equal(ErrorCode.InvalidArguments, Add(offer with { CacheFor = TimeSpan.Zero }));
    }

    [Fact]
    public async Task Functions_without_tags_have_those_of_the_node()
    {
        await using var test = LocalFunctionContract.StartLocal(null, table => table.Add("f", () => 1), new NodeInfo { Resources = ["compute", "cache"] });
        async Task<ErrorCode> CallAsync(string function, string loc) => (await test.CallAsync(new FunctionCall(function) { Locs = [loc] })).Error;
        Assert.Equal((ErrorCode.None, ErrorCode.None), (await CallAsync("f", "compute"), await CallAsync("ping", "cache")));
        Assert.Equal((ErrorCode.FunctionNotFound, ErrorCode.FunctionNotFound), (await CallAsync("f", "gpu"), await CallAsync("ping", "gpu")));
    }

    [Fact]
    public async Task A_function_that_runs_on_after_its_deadline_keeps_its_place()
    {
        var release = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = 0;
        await using var test = LocalFunctionContract.StartLocal(null, table => table.Add(new FunctionOffer("f") { ConcurrencyMax = 1 }, async () =>
        {
            Interlocked.Increment(ref started);
            return await release.Task;
        }, inline: true));
        var first = test.CallAsync(new FunctionCall("f"), timeout: TimeSpan.FromSeconds(1));
        test.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.Timeout, (await first).Error);
        var second = test.CallAsync("f");
        Assert.Equal(1, Volatile.Read(ref started));
        release.SetResult(5);
        Assert.Equal("5", (await second).Result.ToString());
    }

    [Fact]
    public async Task A_stopped_engine_ends_its_calls_and_takes_no_more()
    {
        var test = LocalFunctionContract.StartLocal(null, null);
        var provider = await test.ProviderAsync("p", new FunctionOffer("f"));
        var running = test.CallAsync("f");
        await test.Connections.InvokedAsync(provider);
        await test.DisposeAsync();
        Assert.Equal(ErrorCode.ShuttingDown, (await running).Error);
        Assert.Equal(ErrorCode.ShuttingDown, (await test.CallAsync("f")).Error);
    }

    private static async Task<string> ResultAsync(Delegate function, string arguments = "[]")
    {
        var reply = await RunAsync(function, arguments, "{}");
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Details));
        return reply.Result.ToString();
    }

    private static async Task<CallReply> RunAsync(Delegate function, string arguments, string keywords)
    {
        await using var test = LocalFunctionContract.StartLocal(null, table => table.Add("f", function));
        return await test.CallAsync(new FunctionCall("f") { Arguments = Value.Json(arguments), Keywords = Value.Json(keywords) });
    }
}
