using System.Security.Cryptography;

namespace Grains.Topics;

/// <summary>Message ids for publishers that give none: ULIDs (48 bits of milliseconds, 80 random bits, Crockford's base 32).</summary>
public static class MessageIds
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <param name="nowUs">The time that the id sorts by, microseconds of the Unix epoch.</param>
    public static string Next(long nowUs)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        var bits = new UInt128(BitConverter.ToUInt64(random), BitConverter.ToUInt64(random[8..]));
        return string.Create(26, (Milliseconds: nowUs / 1000, Random: bits), static (chars, parts) =>
        {
            var time = parts.Milliseconds;
            for (var i = 9; i >= 0; i--, time >>= 5)
                chars[i] = Alphabet[(int)(time & 31)];
            var bits = parts.Random;
            for (var i = 25; i >= 10; i--, bits >>= 5)
                chars[i] = Alphabet[(int)(uint)(bits & 31)];
        });
    }
}
