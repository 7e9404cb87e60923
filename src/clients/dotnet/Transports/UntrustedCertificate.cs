namespace Grains.Client.Transports;

/// <summary>A TLS handshake that failed because the client does not trust the server: trying again would not help.</summary>
internal static class UntrustedCertificate
{
    public static GrainsException Of(Endpoint endpoint, string reason, Exception failure) =>
        new(ErrorCode.Unauthorized, $"The certificate of {endpoint} is not trusted", reason, failure);
}
