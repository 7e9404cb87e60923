using System.Net;

namespace Grains.Gateway.Hosting;

/// <summary>
/// Section <c>Grains:Listen</c>: where the front door listens. Each setting is <c>ADDRESS:PORT</c> (IPv4, <c>[IPv6]</c>, <c>localhost</c> or
/// <c>*</c> for every address; port 0 lets the system choose) or <c>off</c>.
/// </summary>
public sealed class ListenOptions
{
    public const string Section = "Grains:Listen";

    /// <summary>WebSocket and HTTP.</summary>
    public string Http { get; set; } = "127.0.0.1:9001";

    /// <summary>The same over TLS; needs <c>Grains:Tls</c>.</summary>
    public string Https { get; set; } = "off";

    /// <summary>Native JSON frames.</summary>
    public string Tcp { get; set; } = "127.0.0.1:9002";

    /// <summary>The same over TLS; needs <c>Grains:Tls</c>.</summary>
    public string Tcps { get; set; } = "off";

    internal IEnumerable<(string Name, string Value, bool Tls)> All =>
        [(nameof(Http), Http, false), (nameof(Https), Https, true), (nameof(Tcp), Tcp, false), (nameof(Tcps), Tcps, true)];

    /// <summary>Nothing listens unless it is set.</summary>
    public static ListenOptions Off() => new() { Http = "off", Tcp = "off" };

    public static bool IsOff(string value) => !TryParse(value, out _, out var error) && error is null;

    /// <summary>Reads a setting. False with no error: the listener is off.</summary>
    public static bool TryParse(string value, out IPEndPoint endPoint, out string? error)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        error = null;
        if (string.IsNullOrWhiteSpace(value) || value.Equals("off", StringComparison.OrdinalIgnoreCase))
            return false;
        var colon = value.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(value.AsSpan(colon + 1), out var port) && AddressOf(value[..colon]) is { } address)
        {
            endPoint = new IPEndPoint(address, port);
            return true;
        }

        error = $"'{value}' is not ADDRESS:PORT or 'off'";
        return false;
    }

    private static IPAddress? AddressOf(string host) => host switch
    {
        "*" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : null,
    };
}
