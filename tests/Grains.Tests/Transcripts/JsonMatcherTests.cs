namespace Grains.Tests.Transcripts;

public sealed class JsonMatcherTests
{
    [Theory]
    [InlineData("""{"a":1,"b":{"c":[1,"x",null]}}""", """{"b":{"c":[1.0,"x",null]},"a":1e0}""")]
    [InlineData("""{"a":1,...}""", """{"a":1,"b":2}""")]
    [InlineData("""{...}""", """{}""")]
    [InlineData("""{"a":"<absent>",...}""", """{"b":2}""")]
    [InlineData("""["<any>","<string>","<number>","<int>","<bool>","<object>","<array>","<time>"]""", """[null,"",1.5,-3,true,{},[],1767225600.25]""")]
    [InlineData("""["<id:a>","<id:a>","<id:a+2>","<greater:a>"]""", """[41,41,43,41.5]""")]
    [InlineData("""["n_<id:a>_s","<id:a>","<any>!"]""", """["n_m_1_s","m_1","oh!"]""")]
    [InlineData("""["<unordered>",{"k":"<id:x>","v":2},{"k":1,...}]""", """[{"k":1,"v":2},{"k":1,"v":2}]""")]
    [InlineData("""["<unordered>"]""", """[]""")]
    [InlineData("""9223372036854775807""", """9223372036854775807""")]
    [InlineData("\"a\\\"...\\\"\"", "\"a\\\"...\\\"\"")]
    public void Equal_values_match(string pattern, string actual) => Assert.Null(Mismatch(pattern, actual));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""", "$.a: expected 1, got 2")]
    [InlineData("""{"a":1}""", """{}""", "$.a: expected 1, the member is missing")]
    [InlineData("""{"a":{}}""", """{"a":{"b":1}}""", "$.a.b: unexpected member 1")]
    [InlineData("""{"a":"<absent>",...}""", """{"a":null}""", "$.a: expected no such member, got null")]
    [InlineData("""[1,2]""", """[2,1]""", "$[0]: expected 1, got 2")]
    [InlineData("""[1]""", """[1,2]""", "$: expected 1 items, got [1,2]")]
    [InlineData("""null""", """0""", "$: expected null, got 0")]
    [InlineData("""true""", """1""", "$: expected true, got 1")]
    [InlineData("""1""", "\"1\"", "$: expected 1, got \"1\"")]
    [InlineData("\"<string>\"", """1""", "$: expected ")]
    [InlineData("\"<int>\"", """1.5""", "$: expected ")]
    [InlineData("\"<number>\"", "\"1\"", "$: expected ")]
    [InlineData("\"<time>\"", """1767225600123""", "$: expected ")]
    [InlineData("""["<id:a>","<id:a>"]""", """[1,"1"]""", "$[1]: expected ")]
    [InlineData("""["<id:a>","<id:a+1>"]""", """[1,1]""", "$[1]: expected ")]
    [InlineData("""["<id:a>","<greater:a>"]""", """[1,1]""", "$[1]: expected ")]
    [InlineData("""["<id:a>","n_<id:a>"]""", """["x","n_y"]""", "$[1]: expected ")]
    [InlineData("""["<unordered>",1,1]""", """[1,2]""", "$: nothing matches 1")]
    [InlineData("""["<unordered>",1]""", """[1,1]""", "$: expected 1 items, got 2")]
    [InlineData("\"x\"", "\"x\\n\"", "$: expected ")]
    [InlineData("9223372036854775807", "9223372036854775806", "$: expected ")]
    public void Different_values_are_told_apart(string pattern, string actual, string message) =>
        Assert.StartsWith(message, Mismatch(pattern, actual), StringComparison.Ordinal);

    [Fact]
    public void A_placeholder_that_nothing_was_bound_to_cannot_be_compared_with() =>
        Assert.Throws<TranscriptFailedException>(() => Mismatch("\"<greater:a>\"", "1"));

    private static string? Mismatch(string pattern, string actual) =>
        new JsonMatcher(new Bindings()).Mismatch(TranscriptText.Pattern(pattern), TranscriptText.Json(actual));
}
