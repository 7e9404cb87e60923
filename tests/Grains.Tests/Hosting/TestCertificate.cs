using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Grains.Tests.Hosting;

/// <summary>A self-signed certificate for loopback, made once for the run.</summary>
public static class TestCertificate
{
    private static readonly Lazy<X509Certificate2> Made = new(Make);
    private static readonly Lazy<string> File = new(Write);

    public static X509Certificate2 Certificate => Made.Value;

    /// <summary>Certificate and key in one PEM file.</summary>
    public static string PemFile => File.Value;

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static string Write()
    {
        var path = Path.Combine(Path.GetTempPath(), $"grains-tests-{Environment.ProcessId}.pem");
        var pem = Certificate.ExportCertificatePem() + "\n" + Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        System.IO.File.WriteAllText(path, pem);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.File.Delete(path);
        return path;
    }
}
