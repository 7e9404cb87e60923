using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>Reading and writing keys.</summary>
internal interface ICacheDialect
{
    /// <summary>False for an echo, which keeps nothing.</summary>
    bool Keeps { get; }

    byte[] Get(string key);

    byte[] Set(string key, string value);

    /// <summary>Sets the value if it is the expected one.</summary>
    byte[] TestAndSet(string key, string expected, string value);

    ReplyScanner Replies(CacheWork work);

    /// <summary>What the server must be told once before it is asked; blocking.</summary>
    void Prepare(Link link, CacheWork work);
}
