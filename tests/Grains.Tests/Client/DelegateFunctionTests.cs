using Grains.Functions.Binding;

namespace Grains.Tests.Client;

public sealed class DelegateFunctionTests
{
    [Theory]
    [InlineData("[1,2]", null, "3")]
    [InlineData("[1]", """{"b":5}""", "6")]
    [InlineData("[1]", null, "11")]
    [InlineData(null, """{"b":1,"a":1}""", "2")]
    public async Task Arguments_are_bound_by_position_name_and_default(string? args, string? kwargs, string expected) =>
        Assert.Equal(expected, (await RunAsync((int a, int b = 10) => a + b, args, kwargs)).Result.ToString());

    [Theory]
    [InlineData("[]", null)]
    [InlineData("[1,2,3]", null)]
    [InlineData("""["x"]""", null)]
    [InlineData("[1]", """{"a":1}""")]
    [InlineData("[1]", """{"c":1}""")]
    [InlineData("{}", null)]
    public async Task Arguments_that_do_not_fit_are_refused(string? args, string? kwargs) =>
        Assert.Equal(ErrorCode.InvalidArguments, (await RunAsync((int a, int b = 10) => a + b, args, kwargs)).Error);

    [Fact]
    public async Task The_rest_of_the_arguments_goes_into_params() =>
        Assert.Equal("\"a-b-c\"", (await RunAsync((string separator, params string[] parts) => string.Join(separator, parts), """["-","a","b","c"]""")).Result.ToString());

    [Fact]
    public async Task Tokens_and_contexts_are_supplied_and_have_no_name()
    {
        Func<int, CancellationToken, ICallContext, string> function = (n, token, context) => $"{n}{token.CanBeCanceled}{context.CallId}";
        Assert.Equal("\"7Falsec1\"", (await RunAsync(function, "[7]")).Result.ToString());
        Assert.Single(new DelegateFunction("f", function).ParameterNames);
    }

    [Fact]
    public async Task Tasks_are_awaited_and_nothing_is_null()
    {
        Assert.Equal("5", (await RunAsync(async () => { await Task.Yield(); return 5; })).Result.ToString());
        Assert.True((await RunAsync(async () => await Task.Yield())).Result.IsNull);
        Assert.True((await RunAsync(() => { })).Result.IsNull);
    }

    [Fact]
    public async Task A_stream_is_reported_or_gathered()
    {
        var context = new Context();
        Assert.True((await RunAsync(Count, "[3]", null, true, context)).Result.IsNone);
        Assert.Equal(["0", "1", "2"], context.Reported.Select(v => v.ToString()));
        Assert.Equal("[0,1,2]", (await RunAsync(Count, "[3]")).Result.ToString());
    }

    [Fact]
    public async Task What_a_function_throws_is_its_answer()
    {
        var failed = await RunAsync(string () => throw new InvalidOperationException("no"));
        Assert.Equal((ErrorCode.ExecutionFailed, "InvalidOperationException: no"), (failed.Error, failed.Details));
        Assert.Equal(ErrorCode.Busy, (await RunAsync(string () => throw new ProviderBusyException())).Error);
        Assert.Equal(ErrorCode.NotFound, (await RunAsync(string () => throw new GrainsException(ErrorCode.NotFound, "gone"))).Error);
    }

    private static async IAsyncEnumerable<int> Count(int n)
    {
        for (var i = 0; i < n; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    private static ValueTask<CallReply> RunAsync(Delegate function, string? args = null, string? kwargs = null, bool stream = false, Context? context = null) =>
        new DelegateFunction("f", function).RunAsync(Of(args), Of(kwargs), context ?? new Context(), stream);

    private static Value Of(string? json) => json is null ? Value.None : Value.Json(json);

    private sealed class Context : ICallContext
    {
        public List<Value> Reported { get; } = [];

        public string CallId => "c1";

        public ConnectionId Caller => default;

        public DateTimeOffset Deadline => DateTimeOffset.MaxValue;

        public CancellationToken Cancelled => CancellationToken.None;

        public ValueTask ReportAsync(Value item)
        {
            Reported.Add(item);
            return ValueTask.CompletedTask;
        }
    }
}
