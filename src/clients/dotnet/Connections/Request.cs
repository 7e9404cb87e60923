namespace Grains.Client.Connections;

/// <summary>
/// A request on its way: its id, its bytes, and whether it may be sent again when the connection is lost before the answer.
/// The answer is shown to <see cref="OnAnswer"/> in the receive loop, before any later message is read, and then given to the waiter.
/// </summary>
internal class Request(long id, byte[] message, bool canRepeat)
{
    public long Id { get; } = id;

    public byte[] Message { get; } = message;

    /// <summary>A read, a write with an op_id, or something that does no harm twice.</summary>
    public bool CanRepeat { get; } = canRepeat;

    public virtual void OnAnswer(Connection connection, ReadOnlyMemory<byte> answer)
    {
    }

    /// <summary>A streamed item, before the answer.</summary>
    /// <returns>False when the reader is too slow: the request then fails with <see cref="ErrorCode.SlowReader"/>.</returns>
    public virtual bool OnProgress(ReadOnlyMemory<byte> progress) => true;
}
