namespace Grains.Engine;

/// <summary>What is known of a connection, for lists.</summary>
/// <param name="Protocol">The protocol's name, <c>native</c>.</param>
/// <param name="Transport"><c>ws</c>, <c>wss</c>, <c>tcp</c>, <c>tcps</c>, <c>in-process</c>.</param>
/// <param name="RemoteAddress">Address and port of the peer, or empty.</param>
public sealed record ConnectionInfo(string Protocol, string Transport, string RemoteAddress);
