namespace Grains.Gateway.Authentication;

/// <summary>
/// Section <c>Grains:Authentication</c>. Without any token or key everybody is let in, and then every listener must be on loopback.
/// Secrets are kept as hashes, made by <c>hash-key</c> of the server's command line.
/// </summary>
public sealed class AuthenticationOptions
{
    public const string Section = "Grains:Authentication";

    /// <summary>Name of the client → hash of its bearer token.</summary>
    public Dictionary<string, string> Tokens { get; } = [];

    /// <summary>Name of the client → hash of its API key.</summary>
    public Dictionary<string, string> ApiKeys { get; } = [];

    /// <summary>Origins of web pages that may connect: <c>loopback</c> (pages served from this machine), <c>same-host</c> (the page's host is the one
    /// connected to), <c>*</c> (all), or origins such as <c>https://app.example.com</c> and <c>https://*.example.com</c>.
    /// Clients that are no browsers send no Origin and are not concerned. Empty: loopback, and same-host where clients authenticate.</summary>
    public List<string> AllowedOrigins { get; } = [];

    public bool IsOn => Tokens.Count + ApiKeys.Count > 0;

    /// <summary>Every error in the settings.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, hash) in Tokens.Concat(ApiKeys))
        {
            if (!SecretHash.IsWellFormed(hash))
                yield return $"{Section}: the hash of '{name}' is not of the form sha256:BASE64 (make one with hash-key).";
        }

        foreach (var origin in AllowedOrigins)
        {
            if (!OriginPolicy.IsWellFormed(origin))
                yield return $"{Section}:AllowedOrigins: '{origin}' is not loopback, same-host, * or scheme://host[:port].";
        }
    }
}
