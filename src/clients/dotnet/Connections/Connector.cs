using Grains.Client.Transports;
using Grains.Client.Wire;

namespace Grains.Client.Connections;

/// <summary>Makes a connection to one endpoint: socket, TLS, credentials, greeting, all within
/// <see cref="GrainsClientConnectionOptions.ConnectTimeout"/>.</summary>
internal sealed class Connector(GrainsClientOptions options, Func<long> nextId)
{
    /// <exception cref="GrainsException">The server refused: <see cref="ErrorCode.Unauthorized"/>, <see cref="ErrorCode.TooManyConnections"/>,
    /// ….</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public async Task<Connection> ConnectAsync(Endpoint endpoint, IConnectionEvents events, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Connection.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var transport = await (endpoint.IsTcp
                ? TcpTransport.ConnectAsync(endpoint, options, either.Token)
                : WebSocketTransport.ConnectAsync(endpoint, options, either.Token)).ConfigureAwait(false);
            try
            {
                var server = await GreetAsync(transport, endpoint, either.Token).ConfigureAwait(false);
                return new Connection(transport, endpoint, server, events, options);
            }
            catch
            {
                await transport.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server at {endpoint} did not answer within {options.Connection.ConnectTimeout.TotalSeconds:0.###} s.");
        }
    }

    /// <summary>Says hello, with the credentials on TCP (a WebSocket's are in its upgrade), and reads the answer, which is the
    /// server's first message: it never speaks first.</summary>
    private async Task<ServerHello> GreetAsync(ITransport transport, Endpoint endpoint, CancellationToken cancellationToken)
    {
        var hello = endpoint.IsTcp
            ? HelloWire.Write(nextId(), options.ClientName, options.BearerToken, options.ApiKey)
            : HelloWire.Write(nextId(), options.ClientName, null, null);
        await transport.WriteAsync(hello, cancellationToken).ConfigureAwait(false);
        await transport.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await transport.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return answer.IsEmpty
            ? throw new EndOfStreamException($"The server at {endpoint} closed the connection instead of answering hello.")
            : HelloWire.Read(answer);
    }
}
