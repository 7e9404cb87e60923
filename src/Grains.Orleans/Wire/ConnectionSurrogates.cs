using Grains.Engine;
using Orleans;
using Orleans.Serialization.Cloning;

namespace Grains.Orleans.Wire;

/// <summary>A connection's id.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.ConnectionId")]
internal struct ConnectionIdSurrogate
{
    [Id(0)] public string? Text;
}

[RegisterConverter, RegisterCopier]
internal sealed class ConnectionIdConverter : ShallowCopier<ConnectionId>, IConverter<ConnectionId, ConnectionIdSurrogate>
{
    public ConnectionIdSurrogate ConvertToSurrogate(in ConnectionId value) => new() { Text = value.Text };

    public ConnectionId ConvertFromSurrogate(in ConnectionIdSurrogate surrogate) => new(surrogate.Text!);
}

/// <summary>What is known of a connection.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("grains.ConnectionInfo")]
internal struct ConnectionInfoSurrogate
{
    [Id(0)] public string Protocol;
    [Id(1)] public string Transport;
    [Id(2)] public string RemoteAddress;
}

[RegisterConverter, RegisterCopier]
internal sealed class ConnectionInfoConverter : ShallowCopier<ConnectionInfo>, IConverter<ConnectionInfo, ConnectionInfoSurrogate>
{
    public ConnectionInfoSurrogate ConvertToSurrogate(in ConnectionInfo value) => new()
    {
        Protocol = value.Protocol,
        Transport = value.Transport,
        RemoteAddress = value.RemoteAddress,
    };

    public ConnectionInfo ConvertFromSurrogate(in ConnectionInfoSurrogate surrogate) =>
        new(surrogate.Protocol, surrogate.Transport, surrogate.RemoteAddress);
}
