using System.Security.Cryptography;
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
    /// <exception cref="GrainsSettingsException">No certificate is set, or it cannot be read.</exception>
    public (X509Certificate2 Certificate, X509Certificate2Collection Chain) Load()
    {
        if (string.IsNullOrEmpty(Certificate))
            throw Wrong($"{Section}:Certificate is not set, and a listener that speaks TLS needs it.");
        foreach (var (name, file) in new[] { (nameof(Certificate), Certificate), (nameof(Key), Key) })
        {
            if (file is not null && !File.Exists(file))
                throw Wrong($"{Section}:{name}: there is no file '{file}'.");
        }

        try
        {
            return IsPkcs12 ? LoadPkcs12() : LoadPem();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var key = Key is null ? "" : $" with {Section}:Key '{Key}'";
            throw Wrong($"{Section}:Certificate '{Certificate}'{key} cannot be read: {error.Message}");
        }
    }

    private static GrainsSettingsException Wrong(string error) => new([error]);

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
