using Grains.Connections;
using Grains.Engine;
using Grains.Gateway.Connections;
using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Protocols;

/// <summary>What a session is given of its connection and of the server.</summary>
public sealed class SessionContext
{
    private readonly Connection _connection;
    private bool _isAuthenticated;

    internal SessionContext(Connection connection, ConnectionServices services, OutputBuffer output, bool authenticated)
    {
        _connection = connection;
        Engine = services.Engine;
        Time = services.Time;
        Limits = services.Limits;
        Authenticator = services.Authenticator;
        Logger = services.Logger;
        Output = output;
        _isAuthenticated = authenticated || services.Authenticator is null;
    }

    public ConnectionId Id => _connection.Id;

    public ConnectionInfo Info => _connection.Info;

    public IEngine Engine { get; }

    public TimeProvider Time { get; }

    public GatewayLimits Limits { get; }

    /// <summary>Null: everybody may.</summary>
    public IAuthenticator? Authenticator { get; }

    public ILogger Logger { get; }

    public OutputBuffer Output { get; }

    /// <summary>Set by the transport (a header of the upgrade) or by the session, once.</summary>
    public bool IsAuthenticated
    {
        get => _isAuthenticated;
        internal set
        {
            _isAuthenticated = value;
            if (value)
                _connection.Authenticated();
        }
    }

    /// <summary>Cancelled when the connection ends.</summary>
    public CancellationToken Ended => _connection.Ended;

    /// <summary>Sends what was appended outside the read loop's burst; inside it does nothing, because the burst ends with a flush.</summary>
    public void Flush() => _connection.Flush();

    /// <summary>Closes the connection after what was appended so far has left.</summary>
    public void Close(CloseReason reason) => _connection.Close(reason);
}
