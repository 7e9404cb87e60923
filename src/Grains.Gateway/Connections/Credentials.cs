namespace Grains.Gateway.Connections;

/// <summary>What a client proves itself with: a bearer token or an API key. Its text shows neither.</summary>
public sealed class Credentials(string? token, string? apiKey)
{
    public string? Token { get; } = token;

    public string? ApiKey { get; } = apiKey;

    public bool IsEmpty => string.IsNullOrEmpty(Token) && string.IsNullOrEmpty(ApiKey);

    public override string ToString() => IsEmpty ? "no credentials" : "credentials";
}
