using System.Security.Cryptography;
using Grains.Gateway.Connections;

namespace Grains.Gateway.Authentication;

/// <summary>
/// The configured credentials: tells which client a token or key belongs to. Every hash is compared, in constant time, so that neither the
/// time nor the answer says how close a guess came. What a client may do is not decided here: its name is the place where permissions attach.
/// </summary>
public sealed class CredentialStore : IAuthenticator
{
    private readonly List<(byte[] Digest, string Client)> _tokens;
    private readonly List<(byte[] Digest, string Client)> _apiKeys;

    public CredentialStore(AuthenticationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _tokens = Read(options.Tokens);
        _apiKeys = Read(options.ApiKeys);
    }

    /// <summary>False when nobody has to show credentials.</summary>
    public bool IsRequired => _tokens.Count + _apiKeys.Count > 0;

    /// <returns>The client's name, or null when neither secret is known.</returns>
    public string? FindClient(string? token, string? apiKey) => Find(_tokens, token) ?? Find(_apiKeys, apiKey);

    public ValueTask<AuthenticationResult> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return new(FindClient(credentials.Token, credentials.ApiKey) is { } client ? new AuthenticationResult(client) : AuthenticationResult.Refused);
    }

    private static string? Find(List<(byte[] Digest, string Client)> known, string? secret)
    {
        if (string.IsNullOrEmpty(secret))
            return null;
        var digest = SecretHash.Digest(secret);
        string? found = null;
        foreach (var (candidate, client) in known)
        {
            if (CryptographicOperations.FixedTimeEquals(candidate, digest))
                found = client;
        }

        return found;
    }

    private static List<(byte[], string)> Read(Dictionary<string, string> hashes)
    {
        var read = new List<(byte[], string)>(hashes.Count);
        foreach (var (client, hash) in hashes)
        {
            if (!SecretHash.TryRead(hash, out var digest))
                throw new InvalidOperationException($"The hash of '{client}' is not of the form sha256:BASE64.");
            read.Add((digest, client));
        }

        return read;
    }
}
