namespace Grains.Gateway.Connections;

/// <summary>The answer of an <see cref="IAuthenticator"/>.</summary>
/// <param name="Identity">Who the client is; null when it was refused.</param>
/// <param name="Message">For the refused: why, without a hint at the right credentials.</param>
public sealed record AuthenticationResult(string? Identity, string? Message = null)
{
    public static readonly AuthenticationResult Refused = new(null, "The credentials are missing or wrong.");

    public bool Succeeded => Identity is not null;
}
