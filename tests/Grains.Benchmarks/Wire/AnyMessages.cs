namespace Grains.Benchmarks.Wire;

/// <summary>Replies of an echo: whole frames are enough.</summary>
internal sealed class AnyMessages<TFraming> : MessageScanner<TFraming>
    where TFraming : struct, IFraming
{
    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
    }
}
