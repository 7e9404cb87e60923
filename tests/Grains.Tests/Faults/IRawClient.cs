namespace Grains.Tests.Faults;

/// <summary>A connection that sends and receives whole messages of the native protocol and knows nothing of their meaning.
/// One reader and any number of writers at a time.</summary>
public interface IRawClient : IAsyncDisposable
{
    /// <exception cref="IOException">The connection is gone.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default);

    /// <summary>Null when the server has closed the connection or it was cut.</summary>
    ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default);
}
