using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native;

namespace Grains.Tests.Gateway;

/// <summary>What is JSON and what is not, with the platform's reader as the judge.</summary>
public sealed class JsonScanTests
{
    private const int DepthMax = 8;

    private static readonly string[] Documents =
    [
        """{"role":"cache-request","u":"1","operation":"get","key":{"namespace":"n","identifier":"k","tags":[]},"options":{"timeout_ms":5000}}""",
        """ { "a" : [ 1 , -0 , 0.5 , 1e5 , -1.25E-10 , 2e+7 ] , "b\u00e9\"\/" : { } , "" : [ [ [ ] ] ] , "t" : true , "f" : false , "n" : null } """,
        """{"text":"\b\f\n\r\t\\ \ud83d\ude00 a text that is longer than one vector of bytes, é€😀","next":"x"}""",
        """[{"deep":[{"deep":[{"deep":[{"deep":1}]}]}]}]""",
        "\"only a text\" ", "17", "-0.0e0", "null", "[]", "{}", "", " ", "nul", "01", "-", "1.", ".5", "1e", "+1", "0x10", "NaN", "[1,]", "{,}",
        """{"a":1,}""", """{"a"}""", """{"a":}""", """{a:1}""", """{"a":1}}""", """{"a":1""", "[\"\\x\"]", "[\"\\u12G4\"]", "[\"\\u123\"]",
        "[\"a", "[\"\\\"", "[\"\\", "[\"\\u", "[1 2]", "[\"a\nb\"]", "[\"\u007f\"]", "[\"a long text before a line\nthat ends\"]", "[1]//", "[1]/**/",
        "\uFEFF{}", "{}\0", "'a'", "[1e5.5]", "[--1]", "[truefalse]", "{\"a\":1\"b\":2}", "[", "{", "\"", "{\"a\":[}", "[}", "{]",
    ];

    [Fact]
    public void What_is_taken_is_what_the_platform_takes()
    {
        foreach (var document in Documents)
            AssertAgrees(Frames.Utf8(document));
    }

    [Fact]
    public void So_it_is_with_bytes_changed_cut_out_and_put_in()
    {
        var random = new Random(20);
        var valid = 0;
        for (var round = 0; round < 40_000; round++)
        {
            var bytes = Frames.Utf8(Documents[random.Next(Documents.Length)]).ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
                Change(bytes, random);
            valid += AssertAgrees([.. bytes]) ? 1 : 0;
        }

        Assert.InRange(valid, 1_000, 39_000);
    }

    [Theory]
    [InlineData(DepthMax, false)]
    [InlineData(DepthMax + 1, true)]
    public void Arrays_and_objects_nest_as_deep_as_they_may_and_no_deeper(int depth, bool isTooDeep)
    {
        var arrays = Frames.Utf8(new string('[', depth) + new string(']', depth));
        var objects = Frames.Utf8(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth));
        Assert.Equal(isTooDeep ? JsonScan.TooDeep : arrays.Length, JsonScan.Value(arrays, 0, DepthMax));
        Assert.Equal(isTooDeep ? JsonScan.TooDeep : objects.Length, JsonScan.Value(objects, 0, DepthMax));
        Assert.Equal(isTooDeep ? EnvelopeFault.TooDeep : EnvelopeFault.None, Envelope.TryRead(objects, DepthMax, out _));
    }

    [Fact]
    public void Members_and_items_are_those_that_the_platform_finds()
    {
        foreach (var document in Documents)
        {
            var json = Frames.Utf8(document.Trim());
            if (!IsJson(json))
                continue;
            using var parsed = JsonDocument.Parse(json);
            if (parsed.RootElement.ValueKind == JsonValueKind.Object)
                AssertMembers(json, parsed.RootElement);
            if (parsed.RootElement.ValueKind == JsonValueKind.Array)
                AssertItems(json, parsed.RootElement);
        }
    }

    private static void AssertMembers(byte[] json, JsonElement parsed)
    {
        var members = new JsonMembers(json);
        foreach (var member in parsed.EnumerateObject())
        {
            Assert.True(members.Next());
            Assert.Equal(member.Name, Encoding.UTF8.GetString(members.Name));
            Assert.Equal(member.Value.GetRawText(), Encoding.UTF8.GetString(members.Value));
        }

        Assert.False(members.Next());
        Assert.Equal(json.Length, members.End);
    }

    private static void AssertItems(byte[] json, JsonElement parsed)
    {
        var items = new JsonItems(json);
        foreach (var item in parsed.EnumerateArray())
        {
            Assert.True(items.Next());
            Assert.Equal(item.GetRawText(), Encoding.UTF8.GetString(items.Value));
        }

        Assert.False(items.Next());
    }

    private static bool AssertAgrees(byte[] json)
    {
        var isJson = IsJson(json);
        var fault = Envelope.TryRead(json, DepthMax, out _);
        Assert.True(isJson == fault is EnvelopeFault.None or EnvelopeFault.NotAnObject, $"{fault}: {Encoding.UTF8.GetString(json)}");
        return isJson;
    }

    private static bool IsJson(byte[] json)
    {
        if (!Utf8.IsValid(json))
            return false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var likely = "{}[]:,\"\\ \n0123456789.eE+-truefalsn/u\0"u8;
        var some = likely[random.Next(likely.Length)];
        var at = random.Next(bytes.Count + 1);
        if (at == bytes.Count || random.Next(3) == 0)
            bytes.Insert(at, some);
        else if (random.Next(2) == 0)
            bytes[at] = some;
        else
            bytes.RemoveAt(at);
    }
}
