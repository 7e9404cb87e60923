using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>NATS, as its clients use it: quiet (no +OK), one inbox subscription for each caller.</summary>
internal sealed class NatsDialect : Dialect, ITopicDialect, ICallDialect
{
    private const string Topic = "bench.topic";
    private const string Function = "bench.fun";

    public bool Acknowledges => false;

    public override void Greet(Link link)
    {
        // The server speaks first: INFO.
        var info = new byte[16 * 1024];
        var length = 0;
        while (length == 0 || info[length - 1] != '\n')
            length += link.ReceiveSome(info.AsSpan(length));
        link.SendAll("""CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"lang":"bench","version":"1","protocol":1}"""u8);
        link.SendAll("\r\n"u8);
        Ask(link);
    }

    public override void Ask(Link link) => AwaitPong(link, "PING\r\n");

    public void MakeTopic(Link link, int messagesMax)
    {
    }

    public void Subscribe(Link link) => AwaitPong(link, $"SUB {Topic} 1\r\nPING\r\n");

    public byte[] Publish(string id, string payload) => Encoding.ASCII.GetBytes($"PUB {Topic} {payload.Length}\r\n{payload}\r\n");

    public ReplyScanner Acknowledgements() => new NatsScanner();

    public ReplyScanner Deliveries() => new NatsScanner();

    public void Offer(Link link) => AwaitPong(link, $"SUB {Function} 1\r\nPING\r\n");

    public void PrepareCaller(Link link, string caller) => AwaitPong(link, $"SUB _INBOX.{caller}.* 1\r\nPING\r\n");

    public byte[] Call(string caller, string id, string argument) =>
        Encoding.ASCII.GetBytes($"PUB {Function} _INBOX.{caller}.{id} {argument.Length}\r\n{argument}\r\n");

    public ReplyScanner Results() => new NatsScanner();

    public ReplyScanner Answers(string result) => new NatsAnswers(Encoding.ASCII.GetBytes(result));

    private static void AwaitPong(Link link, string request)
    {
        link.SendAll(Encoding.ASCII.GetBytes(request));
        var scanner = new NatsScanner();
        var buffer = new byte[4_096];
        var unread = 0;
        while (scanner.Pongs == 0)
        {
            unread += link.ReceiveSome(buffer.AsSpan(unread));
            scanner.Scan(buffer.AsSpan(0, unread), out var consumed);
            buffer.AsSpan(consumed, unread - consumed).CopyTo(buffer);
            unread -= consumed;
            link.SendAll(scanner.Outgoing.WrittenSpan);
            scanner.Outgoing.ResetWrittenCount();
        }
    }
}
