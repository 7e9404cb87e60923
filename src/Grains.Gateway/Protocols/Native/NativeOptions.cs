using Grains.Functions;

namespace Grains.Gateway.Protocols.Native;

/// <summary>What the native protocol says of the server, and whom its graphs of calls run on.</summary>
/// <param name="Runner">Runs graphs of calls.</param>
/// <param name="Version">The server's version, shown in <c>hello</c>.</param>
/// <param name="SubscriptionsMax">Subscriptions of one connection, shown in <c>hello</c>; the engine enforces it.</param>
public sealed record NativeOptions(GraphRunner Runner, string Version, int SubscriptionsMax = 1_000);
