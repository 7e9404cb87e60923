using System.Net;

namespace Grains.Gateway.Authentication;

/// <summary>
/// Decides whether a web page may connect, by its Origin header (RFC 6454). Without this any page that a developer visits could reach a
/// server on the developer's own machine. Built once from <see cref="AuthenticationOptions.AllowedOrigins"/>.
/// </summary>
public sealed class OriginPolicy
{
    private readonly bool _any;
    private readonly bool _loopback;
    private readonly bool _sameHost;
    private readonly List<string> _exact = [];
    private readonly List<(string Scheme, string Suffix)> _subdomains = [];

    /// <param name="options">Without a list: pages of this machine; where clients authenticate also those of the host connected to.
    /// Where they do not, a name that its owner points at this machine (DNS rebinding) would make a foreign page one of the same host.</param>
    public OriginPolicy(AuthenticationOptions options)
        : this(options.AllowedOrigins.Count > 0 ? options.AllowedOrigins : options.IsOn ? ["loopback", "same-host"] : ["loopback"])
    {
    }

    public OriginPolicy(IReadOnlyCollection<string> allowed)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        _any = allowed.Contains("*");
        _loopback = allowed.Contains("loopback");
        _sameHost = allowed.Contains("same-host");
        foreach (var origin in allowed)
        {
            var star = origin.IndexOf("://*.", StringComparison.Ordinal);
            if (star > 0)
                _subdomains.Add((origin[..(star + 3)], origin[(star + 4)..]));
            else
                _exact.Add(origin.TrimEnd('/'));
        }
    }

    /// <param name="origin">The header, or null when there is none: not a browser, allowed.</param>
    /// <param name="host">The Host header of the request.</param>
    public bool Allows(string? origin, string host)
    {
        if (string.IsNullOrEmpty(origin) || _any)
            return true;
        if (_exact.Contains(origin, StringComparer.OrdinalIgnoreCase) || _subdomains.Any(s => IsSubdomain(origin, s)))
            return true;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var page))
            return false;
        return (_loopback && IsLoopback(page))
            || (_sameHost && string.Equals(page.Authority, host, StringComparison.OrdinalIgnoreCase));
    }

    public static bool IsWellFormed(string origin) => origin is "*" or "loopback" or "same-host"
        || (Uri.TryCreate(origin.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.AbsolutePath == "/");

    private static bool IsSubdomain(string origin, (string Scheme, string Suffix) allowed) =>
        origin.StartsWith(allowed.Scheme, StringComparison.OrdinalIgnoreCase)
        && origin.EndsWith(allowed.Suffix, StringComparison.OrdinalIgnoreCase)
        && origin.Length > allowed.Scheme.Length + allowed.Suffix.Length;

    private static bool IsLoopback(Uri page) =>
        page.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(page.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
