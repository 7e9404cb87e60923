namespace Grains;

/// <summary>A provider of a function, as <c>rpc_list</c> and <c>rpc_describe</c> show it.</summary>
/// <param name="Offer">What it offers.</param>
/// <param name="ConnectionId">The connection that offers it; empty for a function in the server.</param>
/// <param name="Running">Calls it runs now.</param>
public sealed record FunctionInfo(FunctionOffer Offer, string ConnectionId, int Running);
