using System.Text.Json;
using Grains.Functions;
using Grains.Tests.Contracts;

namespace Grains.Tests.Functions;

public sealed class BuiltInFunctionTests
{
    private static readonly NodeInfo Node = new()
    {
        NodeId = "n1",
        ClusterId = "c1",
        Region = "eu",
        Resources = ["compute"],
        AdvertisedUrls = ["ws://127.0.0.1:9001"],
    };

    [Fact]
    public async Task Rpc_list_gives_items_in_pieces()
    {
        await using var test = await StartAsync();
        var first = await AskAsync(test, "rpc_list", """[{"pattern":"re*","limit":2}]""");
        Assert.Equal(["remove", "resize"], Names(first));
        var item = first.GetProperty("items")[1];
        Assert.Equal("1.0.0", item.GetProperty("identity").GetProperty("version").GetString());
        Assert.Equal(("n1", "c1", "cluster", "scales"), (Text(item, "node_id"), Text(item, "cluster_id"), Text(item, "scope"), Text(item, "summary")));
        Assert.Equal("gpu", item.GetProperty("resources")[0].GetString());
        Assert.Equal(16, Text(item, "spec_digest").Length);
        Assert.Equal(0, item.GetProperty("tags").GetArrayLength());

        var token = JsonSerializer.Serialize(first.GetProperty("next_page_token").GetString());
        var second = await AskAsync(test, "rpc_list", $$"""[{"pattern":"re*","limit":2,"page_token":{{token}}}]""");
        Assert.Equal(["resize"], Names(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_page_token").ValueKind);
        Assert.Contains("echo", Names(await AskAsync(test, "rpc_list", "[]")));
    }

    [Fact]
    public async Task Rpc_describe_gives_each_provider()
    {
        await using var test = await StartAsync();
        var items = (await AskAsync(test, "rpc_describe", """[{"name":"resize"}]""")).GetProperty("items");
        Assert.Equal(["p1", "p2"], items.EnumerateArray().Select(item => Text(item, "connection_id")));
        Assert.Equal((5, 8, 0), (items[0].GetProperty("priority").GetInt32(), items[0].GetProperty("concurrency").GetInt32(), items[0].GetProperty("running").GetInt32()));
        Assert.Equal("width", items[0].GetProperty("parameters")[0].GetString());
        Assert.Equal(2, (await AskAsync(test, "rpc_describe", "[]", """{"name":"resize"}""")).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("nobody", ErrorCode.ConnectionNotFound)]
    [InlineData("p1", ErrorCode.FunctionNotFound)]
    public async Task A_call_of_one_connection_never_reaches_the_servers_own_functions(string target, ErrorCode error)
    {
        await using var test = await StartAsync();
        Assert.Equal(error, (await test.CallAsync(new FunctionCall("ping") { Target = new(target) })).Error);
    }

    [Fact]
    public async Task The_cluster_is_one_node()
    {
        await using var test = await StartAsync();
        Assert.Equal("[]", (await test.CallAsync("list_peers")).Result.ToString());
        var node = (await AskAsync(test, "cluster_map", "[]")).GetProperty("nodes")[0];
        Assert.Equal(("n1", "c1", "eu"), (Text(node, "node_id"), Text(node, "cluster_id"), Text(node, "region")));
        Assert.Equal("ws://127.0.0.1:9001", node.GetProperty("advertised_urls")[0].GetString());
        Assert.Equal(9001, node.GetProperty("transport_endpoints")[0].GetProperty("port").GetInt32());
        Assert.Equal(JsonValueKind.Number, node.GetProperty("advertised_at").ValueKind);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("[{},{}]")]
    [InlineData("""[{"limit":"x"}]""")]
    public async Task A_question_that_does_not_fit_is_refused(string arguments)
    {
        await using var test = await StartAsync();
        Assert.Equal(ErrorCode.InvalidArguments, (await test.CallAsync("rpc_list", arguments)).Error);
    }

    [Fact]
    public async Task A_pattern_as_long_as_may_be_is_matched_and_a_longer_one_refused()
    {
        await using var test = await StartAsync();
        Assert.Equal(ErrorCode.None, (await test.CallAsync("rpc_list", $$"""[{"pattern":"{{new string('x', 1024)}}"}]""")).Error);
        Assert.Equal(ErrorCode.InvalidArguments, (await test.CallAsync("rpc_list", $$"""[{"pattern":"{{new string('x', 1025)}}"}]""")).Error);
    }

    [Fact]
    public async Task The_samples_answer_as_the_documents_show()
    {
        await using var test = LocalFunctionContract.StartLocal(null, table =>
        {
            table.Add("hello_world", () => "the user's own");
            SampleFunctions.AddTo(table, new ManualTime());
        });
        async Task<string> CallAsync(string function, string arguments) => (await test.CallAsync(function, arguments)).Result.ToString();
        Assert.Equal("55", await CallAsync("fibonacci", "[10]"));
        Assert.Equal("7540113804746346429", await CallAsync("fibonacci", "[92]"));
        Assert.Equal(ErrorCode.ExecutionFailed, (await test.CallAsync("fibonacci", "[93]")).Error);
        Assert.Equal("""{"model":"bert-large","prediction":2,"confidence":0.95,"timestamp":1767225600}""", await CallAsync("ml_predict", """["bert-large",[1.0,2.0,3.0]]"""));
        Assert.Equal("3.5", await CallAsync("summ", "[1,2]"));
        Assert.Equal("6", (await test.CallAsync(new FunctionCall("summ") { Arguments = Value.Json("[1,2]"), Keywords = Value.Json("""{"z":3}""") })).Result.ToString());
        Assert.Equal("\"the user\\u0027s own\"", await CallAsync("hello_world", "[]"));
        Assert.Equal("""{"data":[1,2,3],"count":3}""", await CallAsync("process_data", "[[1,2,3]]"));
        Assert.Equal("""{"count":3,"sum":6,"mean":2,"min":1,"max":3}""", await CallAsync("analyze", """[{"data":[1,2,3],"count":3}]"""));
        Assert.Equal("""{"summary":"count: 3, sum: 6"}""", await CallAsync("summarize", """[{"count":3,"sum":6}]"""));
    }

    private static async Task<FunctionsUnderTest> StartAsync()
    {
        var test = LocalFunctionContract.StartLocal(null, table => table.Add("remove", (string name) => name), Node);
        var offer = new FunctionOffer("resize") { Locs = ["gpu"], Priority = 5, ConcurrencyMax = 8, Parameters = ["width"], Description = "scales" };
        await test.ProviderAsync("p1", offer);
        await test.ProviderAsync("p2", offer);
        return test;
    }

    private static async Task<JsonElement> AskAsync(FunctionsUnderTest test, string function, string arguments, string keywords = "{}")
    {
        var call = new FunctionCall(function) { Arguments = Value.Json(arguments), Keywords = Value.Json(keywords) };
        var reply = await test.CallAsync(call);
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Details));
        return reply.Result.As<JsonElement>();
    }

    private static List<string> Names(JsonElement list) => [.. list.GetProperty("items").EnumerateArray().Select(item => Text(item.GetProperty("identity"), "name"))];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
