using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>A connection that offers a function: its scanner answers what comes.</summary>
internal sealed class Responder(Link link, ReplyScanner scanner) : Participant(link, scanner)
{
    public long Answered { get; private set; }

    protected override void Replied(int replies, long nowNs) => Answered += replies;
}
