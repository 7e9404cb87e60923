namespace Grains.Benchmarks.Wire;

/// <summary>
/// Messages of the native protocol that begin alike and have something in them. The beginning is looked at in each; the rest, which takes as long as
/// all else the client does, in the first thousand and then in one of sixteen.
/// </summary>
/// <param name="begin">How each begins, with its role.</param>
/// <param name="has">What each has: its status.</param>
internal sealed class ExpectedMessages<TFraming>(byte[] begin, byte[] has) : MessageScanner<TFraming>
    where TFraming : struct, IFraming
{
    private const int AllUpTo = 1_000;
    private const int OneOf = 16;

    private long _count;

    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
        if (!message.StartsWith(begin))
            throw Wrong(message);
        if (_count++ >= AllUpTo && _count % OneOf != 0)
            return;
        if (message.IndexOf(has) < 0)
            throw Wrong(message);
    }
}
