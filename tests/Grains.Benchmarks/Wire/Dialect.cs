using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>How a server is spoken to. What it can be asked for it says by the interfaces <see cref="ICacheDialect"/>, <see cref="ITopicDialect"/>
/// and <see cref="ICallDialect"/>. Requests are made as they lie on the wire.</summary>
internal abstract class Dialect
{
    /// <summary>What a new connection begins with; blocking.</summary>
    public virtual void Greet(Link link)
    {
    }

    /// <summary>A question that any connection can ask, and its one answer: shows that the connection is alive.</summary>
    public abstract void Ask(Link link);
}
