using System.Text.Json;
using Grains.Json;

namespace Grains.Tests.Cache;

public sealed class JsonMeaningTests
{
    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "1e0")]
    [InlineData("100", "1E+2")]
    [InlineData("0.001", "1e-3")]
    [InlineData("-0", "0")]
    [InlineData("0.0e99", "-0.000")]
    [InlineData("-1.50e3", "-1500")]
    [InlineData("0.0120", "12e-3")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890.0")]
    [InlineData("1e99999999999999999999", "10e99999999999999999998")]
    [InlineData("1.5e-99999999999999999999", "15e-100000000000000000000")]
    [InlineData("""{"a":1,"b":2}""", """ { "b" : 2.0 , "a" : 1 } """)]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":{"x":1,"y":[1,{"q":0}]},"a":null}""", """{"a":null}""")]
    [InlineData("""{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":1}""", """{"a":1,"b":{"c":[{"e":2,"f":1}],"d":1}}""")]
    [InlineData("\"\\u0041\\n\\/\"", "\"A\\u000a/\"")]
    [InlineData("\"\\ud83d\\ude00\"", "\"😀\"")]
    [InlineData("\"\\uD800\"", "\"\\ud800\"")]
    [InlineData("""{"\u0061":1}""", """{"a":1}""")]
    [InlineData("[ ]", "[]")]
    [InlineData("[1, 2]", "[1,2]")]
    public void Equal_by_meaning(string left, string right)
    {
        Assert.True(JsonMeaning.Equal(Value.Json(left), Value.Json(right)));
        Assert.Equal(JsonMeaning.Canonical(Value.Json(left)), JsonMeaning.Canonical(Value.Json(right)));
        Assert.Equal(JsonMeaning.Canonical(Value.Json(left)), JsonMeaning.Canonical(JsonMeaning.Canonical(Value.Json(left))));
    }

    [Theory]
    [InlineData("1", "1.0000000000000000000000001")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("1", "\"1\"")]
    [InlineData("null", "0")]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("""{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("\"a\"", "\"A\"")]
    [InlineData("1e99999999999999999999", "1e99999999999999999998")]
    [InlineData("1", "-1")]
    [InlineData("[]", "{}")]
    public void Different_by_meaning(string left, string right) => Assert.False(JsonMeaning.Equal(Value.Json(left), Value.Json(right)));

    [Fact]
    public void Kinds_are_never_equal_to_each_other()
    {
        Assert.False(JsonMeaning.Equal(Value.Json("1"), Value.Text("1")));
        Assert.True(JsonMeaning.Equal(Value.Text("{ }"), Value.Text("{ }")));
        Assert.False(JsonMeaning.Equal(Value.Text("{ }"), Value.Text("{}")));
        Assert.False(JsonMeaning.Equal(Value.None, Value.Null));
    }

    [Fact]
    public void What_is_no_json_or_too_deep_means_itself()
    {
        var deep = Value.Json(new string('[', 300) + new string(']', 300));
        Assert.True(JsonMeaning.Equal(deep, deep));
        Assert.False(JsonMeaning.Equal(deep, Value.Json(" " + deep)));
        Assert.False(JsonMeaning.Equal(Value.Json("{oops"), Value.Json("{oops ")));
    }

    [Fact]
    public void Agrees_with_the_library_on_random_documents()
    {
        var random = new Random(1);
        for (var round = 0; round < 3_000; round++)
        {
            var left = RandomDocument(random, 3);
            var right = random.Next(3) == 0 ? RandomDocument(random, 3) : Respell(JsonDocument.Parse(left).RootElement, random);
            using var a = JsonDocument.Parse(left);
            using var b = JsonDocument.Parse(right);
            Assert.Equal(JsonElement.DeepEquals(a.RootElement, b.RootElement), JsonMeaning.Equal(Value.Json(left), Value.Json(right)));
        }
    }

    [Theory]
    [InlineData("1", "2", "3")]
    [InlineData("5.0", "1e0", "6")]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("0.5", "0.5", "1")]
    [InlineData("1", "-0.25", "0.75")]
    [InlineData("9223372036854775806", "1", "9223372036854775807")]
    [InlineData("1e300", "1e300", "2E+300")]
    public void Adds(string left, string right, string sum)
    {
        Assert.Equal(SumResult.Done, JsonArithmetic.Add(Value.Json(left), Value.Json(right), false, out var result));
        Assert.Equal(sum, result.ToString());
    }

    [Theory]
    [InlineData("9223372036854775807", "1", false, SumResult.Overflow)]
    [InlineData("-9223372036854775808", "1", true, SumResult.Overflow)]
    [InlineData("0", "-9223372036854775808", true, SumResult.Overflow)]
    [InlineData("9223372036854775808", "1", true, SumResult.Overflow)]
    [InlineData("1e308", "1.7e308", false, SumResult.Overflow)]
    [InlineData("\"1\"", "1", false, SumResult.NotNumeric)]
    [InlineData("1", "null", false, SumResult.NotNumeric)]
    [InlineData("01", "1", false, SumResult.NotNumeric)]
    public void Refuses_to_add(string left, string right, bool subtract, SumResult expected) =>
        Assert.Equal(expected, JsonArithmetic.Add(Value.Json(left), Value.Json(right), subtract, out _));

    private static string RandomDocument(Random random, int depth)
    {
        var kind = random.Next(depth == 0 ? 4 : 6);
        return kind switch
        {
            0 => random.Next(-3, 3).ToString(System.Globalization.CultureInfo.InvariantCulture),
            1 => $"{random.Next(-2, 2)}.{random.Next(3)}e{random.Next(-2, 3)}",
            2 => new[] { "\"a\"", "\"\\u0061\"", "\"\\n\"", "\"é\"" }[random.Next(4)],
            3 => new[] { "true", "false", "null" }[random.Next(3)],
            4 => "[" + string.Join(",", Enumerable.Range(0, random.Next(3)).Select(_ => RandomDocument(random, depth - 1))) + "]",
            _ => "{" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(i => $"\"{(char)('a' + i)}\":" + RandomDocument(random, depth - 1))) + "}",
        };
    }

    // The same document with members in another order and other spellings.
    private static string Respell(JsonElement element, Random random) => element.ValueKind switch
    {
        JsonValueKind.Array => "[ " + string.Join(" , ", element.EnumerateArray().Select(e => Respell(e, random))) + "]",
        JsonValueKind.Object => "{" + string.Join(",", element.EnumerateObject().OrderBy(_ => random.Next())
            .Select(m => $"{JsonSerializer.Serialize(m.Name)} : {Respell(m.Value, random)}")) + "}",
        JsonValueKind.String => "\"" + string.Concat(element.GetString()!.Select(c => $"\\u{(int)c:x4}")) + "\"",
        JsonValueKind.Number when element.GetRawText().TrimStart('-')[0] != '0' && !element.GetRawText().Contains('e', StringComparison.Ordinal) => element.GetRawText() + "00e-2",
        _ => element.GetRawText(),
    };
}
