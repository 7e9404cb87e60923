using Grains.Connections;
using Grains.Engine;
using Microsoft.Extensions.Logging;

namespace Grains.Gateway.Connections;

/// <summary>What all connections of a front door share.</summary>
/// <param name="Engine">Whom requests go to.</param>
/// <param name="Table">Where the engine finds the connections of this node.</param>
/// <param name="Limits">Validated.</param>
/// <param name="Authenticator">Null: everybody may.</param>
/// <param name="Time">The only clock.</param>
/// <param name="Logger">For connections that break the rules, and for faults of our own.</param>
public sealed record ConnectionServices(
    IEngine Engine,
    ConnectionTable Table,
    GatewayLimits Limits,
    IAuthenticator? Authenticator,
    TimeProvider Time,
    ILogger Logger);
