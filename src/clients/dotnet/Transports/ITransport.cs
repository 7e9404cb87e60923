namespace Grains.Client.Transports;

/// <summary>
/// Carries whole messages to one server and back. One caller writes, one receives, at the same time; an exception of either
/// means that the transport is dead. Implementations: <see cref="TcpTransport"/>, <see cref="WebSocketTransport"/>.
/// </summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>A message that asks the peer for a sign of life; empty when the transport looks after that itself.</summary>
    ReadOnlyMemory<byte> PingMessage { get; }

    /// <summary>The next whole message, which is the caller's own; empty at the end of the connection.</summary>
    ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Writes a message; it may wait in a buffer until <see cref="FlushAsync"/>.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    ValueTask FlushAsync(CancellationToken cancellationToken);
}
