namespace Grains.Gateway.Protocols;

/// <summary>One protocol of the front door: a folder under <c>Protocols/</c> and a line in <see cref="ProtocolCatalogue"/>. One instance
/// serves every connection of a front door, so what its connections share (interned keys) lives in it.</summary>
public interface IProtocol
{
    /// <summary>Shown in lists of connections: <c>native</c>.</summary>
    string Name { get; }

    /// <summary>Begins the session of a connection. It is an <see cref="IMessageSession"/>, or, when the protocol reads the byte stream
    /// itself, an <see cref="Connections.IByteConsumer"/>.</summary>
    IProtocolSession Open(SessionContext context);
}
