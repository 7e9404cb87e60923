using Grains.Gateway.Protocols.Native;

namespace Grains.Gateway.Protocols;

/// <summary>The protocols that this front door speaks: one line each.</summary>
public sealed class ProtocolCatalogue(NativeOptions native)
{
    public IProtocol Native { get; } = new NativeProtocol(native);
}
