using System.Security.Cryptography.X509Certificates;

namespace Grains.Gateway.Hosting;

/// <summary>Section <c>Grains:Tls</c>: the certificate of the listeners that speak TLS (1.2 or later).</summary>
public sealed class TlsOptions
{
    public const string Section = "Grains:Tls";

    /// <summary>A PEM file with the certificate and its chain, or a PKCS#12 file (<c>.pfx</c>, <c>.p12</c>).</summary>
    public string? Certificate { get; set; }

    /// <summary>The PEM file of the private key; absent when <see cref="Certificate"/> holds it too.</summary>
    public string? Key { get; set; }

    /// <summary>The password of the PKCS#12 file or of the encrypted key.</summary>
    public string? Password { get; set; }

    /// <summary>Loads the certificate with its key.</summary>
    /// <exception cref="InvalidOperationException">No certificate is set, or it cannot be read.</exception>
    public (X509Certificate2 Certificate, X509Certificate2Collection Chain) Load()
    {
        if (string.IsNullOrEmpty(Certificate))
            throw new InvalidOperationException($"{Section}:Certificate is not set, and a listener that speaks TLS needs it.");
        try
        {
            return IsPkcs12 ? LoadPkcs12() : LoadPem();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new InvalidOperationException($"{Section}:Certificate '{Certificate}' cannot be read: {error.Message}", error);
        }
    }

    private bool IsPkcs12 => Path.GetExtension(Certificate) is ".pfx" or ".p12";

    private (X509Certificate2, X509Certificate2Collection) LoadPkcs12() =>
        (X509CertificateLoader.LoadPkcs12FromFile(Certificate!, Password),
            X509CertificateLoader.LoadPkcs12CollectionFromFile(Certificate!, Password));

    private (X509Certificate2, X509Certificate2Collection) LoadPem()
    {
        using var pem = Password is null
            ? X509Certificate2.CreateFromPemFile(Certificate!, Key)
            : X509Certificate2.CreateFromEncryptedPemFile(Certificate!, Password, Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Certificate!);
        // A round trip through PKCS#12: the platform's TLS does not take ephemeral keys everywhere.
        return (X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), chain);
    }
}
