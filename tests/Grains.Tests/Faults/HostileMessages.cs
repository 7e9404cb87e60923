using System.Text;

namespace Grains.Tests.Faults;

/// <summary>Messages that no sane client sends.</summary>
internal static class HostileMessages
{
    /// <summary>A request that is in order: for cutting, splitting and truncating.</summary>
    public static byte[] Sane { get; } = Utf8("""{"role":"rpc","u":"é1","cmds":[{"name":"c","fun":"echo","args":["\u00e9\\\"",1.5e3,null,{"a":[true]}],"kwargs":{}}]}""");

    /// <summary>Bytes that are not JSON, or no object: one answer with code 1002 and the end of the connection.</summary>
    public static IEnumerable<byte[]> NotJson =>
    [
        [], [0], [0xFF], [0xEF, 0xBB, 0xBF], [0xC3], [.. "{\"role\":\""u8, 0xC3, 0x28, .. "\"}"u8], [.. "{\"role\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
        .. Texts(
            " ", "{", "}", "[", "\"", "nul", "{]", "{\"role\"}", "{\"role\":}", "{\"role\":\"rpc\",}", "{'role':'rpc'}", "{\"role\":\"rpc\"}}", "{\"role\":\"rpc\"} {}",
            "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":\"\u0001\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}",
            "// {}", "{\"a\":1/**/}", "GET / HTTP/1.1\r\n\r\n"),
        Sane[..^1], Sane[..(Sane.Length / 2)],
    ];

    /// <summary>JSON that is no request, or one with something missing or of the wrong type: an answer; the connection may stay.</summary>
    public static IEnumerable<byte[]> WrongShape => Texts(
        "null", "1", "true", "\"rpc\"", "[]", "{}", "{\"role\":null}", "{\"role\":7,\"u\":\"a\"}", "{\"role\":{},\"u\":\"a\"}", "{\"role\":\"\",\"u\":\"a\"}", "{\"role\":\"bogus\",\"u\":\"a\"}",
        "{\"role\":\"rpc\"}", "{\"role\":\"rpc\",\"u\":5}", "{\"role\":\"rpc\",\"u\":null,\"cmds\":[]}", "{\"role\":\"rpc\",\"u\":\"a\"}", "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":{}}", "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[1]}",
        "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{}]}", "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{\"name\":\"c\"}]}", "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{\"name\":1,\"fun\":2}]}",
        "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{\"name\":\"c\",\"fun\":\"echo\",\"args\":5}]}", "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{\"name\":\"c\",\"fun\":\"echo\",\"args\":[1],\"kwargs\":[]}]}",
        "{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":[{\"name\":\"c\",\"fun\":\"echo\",\"args\":[\"c\"]}]}", "{\"role\":\"rpc\",\"u\":\"a\",\"timeout_ms\":-1,\"cmds\":[{\"name\":\"c\",\"fun\":\"nope\"}]}",
        "{\"role\":\"rpc\",\"u\":\"a\",\"timeout_ms\":1e300,\"cmds\":[{\"name\":\"c\",\"fun\":\"nope\",\"timeout_ms\":\"x\"}]}", "{\"role\":\"rpc-register\",\"u\":\"a\"}", "{\"role\":\"rpc-register\",\"u\":\"a\",\"function\":{\"fun\":\"echo\"}}",
        "{\"role\":\"rpc-register\",\"u\":\"a\",\"function\":{\"fun\":\"\",\"priority\":1e40,\"concurrency\":-5}}", "{\"role\":\"rpc-unregister\",\"u\":\"a\"}",
        "{\"role\":\"pubsub-subscribe\",\"u\":\"a\"}", "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":[]}", "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":{\"subscription_id\":\"s\"}}",
        "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":{\"subscription_id\":\"s\",\"patterns\":[{\"pattern\":7}]}}",
        "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":{\"subscription_id\":\"s\",\"patterns\":[{\"pattern\":\"#\"}],\"start\":{\"offset\":1e99}}}",
        "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":{\"subscription_id\":\"s\",\"patterns\":[{\"pattern\":\"#\"}],\"start\":{\"resume\":{\"t\":[1]}}}}",
        "{\"role\":\"pubsub-subscribe\",\"u\":\"a\",\"subscription\":{\"subscription_id\":\"s\",\"patterns\":[{\"pattern\":\"#\"}],\"queue_messages_max\":-1,\"slow_reader\":\"sometimes\"}}",
        "{\"role\":\"pubsub-publish\",\"u\":\"a\"}", "{\"role\":\"pubsub-publish\",\"u\":\"a\",\"message\":{\"topic\":\"\"}}", "{\"role\":\"pubsub-publish\",\"u\":\"a\",\"message\":{\"topic\":\"system.x\",\"payload\":1}}",
        "{\"role\":\"pubsub-publish\",\"u\":\"a\",\"message\":{\"topic\":\"t\",\"payload\":1,\"headers\":[],\"timestamp\":\"now\"}}", "{\"role\":\"pubsub-unsubscribe\",\"u\":\"a\"}",
        "{\"role\":\"topic-consume\",\"u\":\"a\",\"topic\":\"t\",\"offset\":1e99}", "{\"role\":\"topic-consume\",\"u\":\"a\",\"topic\":\"nowhere\",\"limit\":-1}", "{\"role\":\"topic-create\",\"u\":\"a\",\"topic\":\"\",\"retention\":{\"messages_max\":-1}}",
        "{\"role\":\"topic-trim\",\"u\":\"a\",\"topic\":\"nowhere\"}", "{\"role\":\"topic-list\",\"u\":\"a\",\"limit\":0,\"cursor\":\"\\u0000\"}",
        "{\"role\":\"cache-request\",\"u\":\"a\"}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"fly\"}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"get\"}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"get\",\"key\":7}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"get\",\"key\":{\"namespace\":\"n\"}}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"get\",\"key\":{\"namespace\":\"n\",\"identifier\":\"\\ud800\"}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"put\",\"key\":{\"namespace\":\"n\",\"identifier\":\"i\"},\"value\":1,\"ttl_seconds\":-1}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"put\",\"key\":{\"namespace\":\"n\",\"identifier\":\"i\"},\"value\":1,\"ttl_seconds\":1e308}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"atomic\",\"key\":{\"namespace\":\"n\",\"identifier\":\"i\"}}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"atomic\",\"key\":{\"namespace\":\"n\",\"identifier\":\"i\"},\"atomic_operation\":{\"operation_type\":\"increment\",\"increment_by\":\"many\"}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"atomic\",\"key\":{\"namespace\":\"n\",\"identifier\":\"j\"},\"atomic_operation\":{\"operation_type\":\"increment\",\"increment_by\":1e999999999}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"structure\",\"key\":{\"namespace\":\"n\",\"identifier\":\"i\"},\"structure_operation\":{\"structure_type\":\"heap\",\"operation\":\"push\"}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"structure\",\"key\":{\"namespace\":\"n\",\"identifier\":\"k\"},\"structure_operation\":{\"structure_type\":\"list\",\"operation\":\"insert\",\"index\":1e20,\"values\":[1]}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"namespace\",\"namespace_operation\":{\"operation_type\":\"restore\",\"namespace\":\"n\",\"data\":{\"entries\":[[]]}}}", "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"namespace\",\"namespace_operation\":{\"operation_type\":\"scan\",\"namespace\":\"n\",\"cursor\":\"bogus\"}}",
        "{\"role\":\"cache-request\",\"u\":\"a\",\"operation\":\"query\",\"pattern\":\"********************************b\",\"key\":{\"namespace\":\"n\"}}", "{\"role\":\"auth\",\"u\":\"a\",\"token\":{}}", "{\"role\":\"hello\",\"u\":[]}",
        "{\"role\":\"rpc\",\"role\":\"bogus\",\"u\":\"a\",\"u\":\"b\"}", $"{{\"role\":\"rpc\",\"u\":\"{new string('u', 2_000)}\",\"cmds\":[]}}", $"{{\"role\":\"{new string('r', 70_000)}\",\"u\":\"a\"}}");

    /// <summary>An object so deep.</summary>
    public static byte[] Deep(int depth) =>
        Utf8($"{{\"role\":\"rpc\",\"u\":\"a\",\"cmds\":{string.Concat(Enumerable.Repeat("[", depth - 1))}{string.Concat(Enumerable.Repeat("]", depth - 1))}}}");

    private static IEnumerable<byte[]> Texts(params IEnumerable<string> texts) => texts.Select(Utf8);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
