using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Grains.Client;

/// <summary>How <c>wss</c> and <c>tcps</c> connections trust their server. TLS 1.2 or later, always.</summary>
public sealed class GrainsClientTlsOptions
{
    /// <summary>The authorities to trust in place of the machine's own; null: the machine's.</summary>
    public X509Certificate2Collection? TrustedAuthorities { get; init; }

    /// <summary>Decides in place of the platform whether the server's certificate is good; null: the platform decides.</summary>
    public RemoteCertificateValidationCallback? ValidateCertificate { get; init; }

    /// <summary>The certificates this client shows when it is asked; null: none.</summary>
    public X509CertificateCollection? ClientCertificates { get; init; }

    /// <summary>The name that the server's certificate must be for; null: the endpoint's host.</summary>
    public string? TargetHost { get; init; }

    internal SslClientAuthenticationOptions ToAuthentication(string host)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = TargetHost ?? host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = ValidateCertificate,
            ClientCertificates = ClientCertificates,
        };
        if (TrustedAuthorities is { } authorities)
        {
            // A private authority has no revocation list that a client could reach.
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
