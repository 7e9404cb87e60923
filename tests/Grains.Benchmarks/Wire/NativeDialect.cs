using System.Buffers;
using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>The native protocol (section numbers of its README): plain requests without options, as its first examples show them.</summary>
internal sealed class NativeDialect<TFraming> : Dialect, ICacheDialect, ITopicDialect, ICallDialect
    where TFraming : struct, IFraming
{
    private const string Topic = "bench.topic";
    private const string Function = "bench";

    private static readonly byte[] CacheResponse = "{\"role\":\"cache-response\",\"u\":"u8.ToArray();
    private static readonly byte[] PubSubAck = "{\"role\":\"pubsub-ack\","u8.ToArray();
    private static readonly byte[] Notification = "{\"role\":\"pubsub-notification\",\"message\":{\"topic\":\"bench.topic\","u8.ToArray();
    private static readonly byte[] RpcResponse = "{\"role\":\"rpc-response\",\"r\":{\"call\":\""u8.ToArray();
    private static readonly byte[] Success = "\"success\":true"u8.ToArray();

    public bool Keeps => true;

    public bool Acknowledges => true;

    public override void Greet(Link link)
    {
        if (TFraming.IsWebSocket)
            WebSocketUpgrade.Run(link, "/");
    }

    public override void Ask(Link link) => link.Exchange(
        Frame("""{"role":"hello","u":"h","client":"bench"}"""),
        new ExpectedMessages<TFraming>("{\"role\":\"hello\","u8.ToArray(), "\"server\":\"grains\""u8.ToArray()), 1);

    // Section 7.1, 7.2.
    public byte[] Get(string key) => Frame($$"""{"role":"cache-request","u":"{{key}}","operation":"get",{{Key(key)}}}""");

    public byte[] Set(string key, string value) =>
        Frame($$"""{"role":"cache-request","u":"{{key}}","operation":"put",{{Key(key)}},"value":"{{value}}"}""");

    public byte[] TestAndSet(string key, string expected, string value) => Frame(
        $$"""{"role":"cache-request","u":"{{key}}","operation":"atomic",{{Key(key)}},"atomic_operation":"""
        + $$$"""{"operation_type":"test_and_set","expected_value":"{{{expected}}}","new_value":"{{{value}}}"}}""");

    public ReplyScanner Replies(CacheWork work) => new ExpectedMessages<TFraming>(CacheResponse, "\"status\":\"hit\""u8.ToArray());

    public void Prepare(Link link, CacheWork work)
    {
    }

    // Sections 5.2, 5.3, 6.
    public void MakeTopic(Link link, int messagesMax) => link.Exchange(
        Frame($$$"""{"role":"topic-create","u":"t","topic":"{{{Topic}}}","retention":{"messages_max":{{{messagesMax}}}}}"""),
        new ExpectedMessages<TFraming>("{\"role\":\"topic-response\","u8.ToArray(), Success), 1);

    public void Subscribe(Link link) => link.Exchange(
        Frame($$$"""{"role":"pubsub-subscribe","u":"s","subscription":{"subscription_id":"s1","patterns":[{"pattern":"{{{Topic}}}"}]}}"""),
        Acknowledgements(), 1);

    public byte[] Publish(string id, string payload) =>
        Frame($$$"""{"role":"pubsub-publish","u":"{{{id}}}","message":{"topic":"{{{Topic}}}","payload":"{{{payload}}}"}}""");

    public ReplyScanner Acknowledgements() => new ExpectedMessages<TFraming>(PubSubAck, Success);

    public ReplyScanner Deliveries() => new ExpectedMessages<TFraming>(Notification, "\"subscription_id\":\"s1\""u8.ToArray());

    // Sections 4.1, 4.2.
    public void Offer(Link link) => link.Exchange(
        Frame($$$"""{"role":"rpc-register","u":"o","function":{"fun":"{{{Function}}}"}}"""),
        new ExpectedMessages<TFraming>("{\"role\":\"rpc-ack\","u8.ToArray(), Success), 1);

    public void PrepareCaller(Link link, string caller)
    {
    }

    public byte[] Call(string caller, string id, string argument) =>
        Frame($$$"""{"role":"rpc","u":"{{{id}}}","cmds":[{"name":"call","fun":"{{{Function}}}","args":["{{{argument}}}"]}]}""");

    public ReplyScanner Results() => new ExpectedMessages<TFraming>(RpcResponse, "\"error\":null"u8.ToArray());

    public ReplyScanner Answers(string result) => new InvocationAnswers<TFraming>(Encoding.UTF8.GetBytes($"\"{result}\""));

    private static string Key(string key) => $$"""
        "key":{"namespace":"bench","identifier":"{{key}}"}
        """;

    private static byte[] Frame(string message)
    {
        var frame = new ArrayBufferWriter<byte>();
        TFraming.Write(frame, Encoding.UTF8.GetBytes(message));
        return frame.WrittenSpan.ToArray();
    }
}
