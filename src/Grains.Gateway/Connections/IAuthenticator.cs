namespace Grains.Gateway.Connections;

/// <summary>Decides who may use the front door. Where none is configured everybody may.</summary>
public interface IAuthenticator
{
    /// <summary>Checks credentials, in a time that tells nothing of them. Wrong ones are a result, not an exception.</summary>
    ValueTask<AuthenticationResult> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken);
}
