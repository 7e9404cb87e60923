namespace Grains.Gateway.Protocols;

/// <summary>A protocol that has a word for a connection that is refused before it has a session.</summary>
public interface IRefusal
{
    /// <summary>The message that says so.</summary>
    ReadOnlyMemory<byte> TooManyConnections { get; }
}
