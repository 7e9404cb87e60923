namespace Grains.Gateway.Protocols;

/// <summary>A protocol that has a word for a connection that is refused before it has a session.</summary>
public interface IRefusal
{
    /// <summary>The message that says that the server holds as many connections as it may.</summary>
    ReadOnlyMemory<byte> TooManyConnections { get; }

    /// <summary>The message that says that the server is stopping.</summary>
    ReadOnlyMemory<byte> Stopping { get; }
}
