using System.Security.Cryptography;
using System.Text;

namespace Grains.Gateway.Authentication;

/// <summary>
/// Hashes of tokens and keys: <c>sha256:BASE64</c>. Secrets made by <see cref="NewSecret"/> have 256 random bits, so a fast hash without salt is
/// enough: there is nothing to guess. People's passwords are not meant for this.
/// </summary>
public static class SecretHash
{
    private const string Prefix = "sha256:";

    /// <summary>A fresh secret of 256 random bits, in base64url.</summary>
    public static string NewSecret() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static string Of(string secret) => Prefix + Convert.ToBase64String(Digest(secret));

    public static bool IsWellFormed(string hash) => TryRead(hash, out _);

    internal static bool TryRead(string hash, out byte[] digest)
    {
        digest = new byte[32];
        return hash.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(hash[Prefix.Length..], digest, out var length) && length == digest.Length;
    }

    internal static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
