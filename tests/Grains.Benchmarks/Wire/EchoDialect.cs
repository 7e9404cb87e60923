using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>The bytes of the native protocol's requests, sent to a server that sends them back.</summary>
/// <param name="path">Where the server echoes, for WebSocket.</param>
internal sealed class EchoDialect<TFraming>(string path) : Dialect, ICacheDialect
    where TFraming : struct, IFraming
{
    private readonly NativeDialect<TFraming> _native = new();

    public bool Keeps => false;

    public override void Greet(Link link)
    {
        if (TFraming.IsWebSocket)
            WebSocketUpgrade.Run(link, path);
    }

    public override void Ask(Link link) => link.Exchange(_native.Get("k"), new AnyMessages<TFraming>(), 1);

    public byte[] Get(string key) => _native.Get(key);

    public byte[] Set(string key, string value) => _native.Set(key, value);

    public byte[] TestAndSet(string key, string expected, string value) => _native.TestAndSet(key, expected, value);

    public ReplyScanner Replies(CacheWork work) => new AnyMessages<TFraming>();

    public void Prepare(Link link, CacheWork work)
    {
    }
}
