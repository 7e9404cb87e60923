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

    /// <param name="host">The endpoint's host.</param>
    /// <param name="onUntrusted">Told why the server's certificate is refused, before the handshake fails for it.</param>
    internal SslClientAuthenticationOptions ToAuthentication(string host, Action<string> onUntrusted)
    {
        var name = TargetHost ?? host;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            {
                var isGood = ValidateCertificate?.Invoke(sender, certificate, chain, errors) ?? errors == SslPolicyErrors.None;
                if (!isGood)
                    onUntrusted(ReasonOf(errors, chain, name));
                return isGood;
            },
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

    private static string ReasonOf(SslPolicyErrors errors, X509Chain? chain, string name)
    {
        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            reasons.Add("the server showed none");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add($"it is not for {name}");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            reasons.AddRange(chain?.ChainStatus.Select(status => status.Status.ToString()) ?? []);
        return reasons.Count > 0 ? string.Join(", ", reasons) : $"{nameof(ValidateCertificate)} refused it";
    }
}
