using System.Security.Cryptography;

namespace Grains.Topics;

/// <summary>Message ids for publishers that give none: ULIDs (48 bits of milliseconds, 80 bits, Crockford's base 32). Of the 80 bits half are this
/// process's own, drawn once, and half count up from a random start: as unique as random ones, and they cost a hundredth.</summary>
public static class MessageIds
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int CountedBits = 40;

    private static readonly ulong Own = Draw();
    private static ulong _last = Draw();

    /// <param name="nowUs">The time that the id sorts by, microseconds of the Unix epoch.</param>
    public static string Next(long nowUs)
    {
        var counted = Interlocked.Increment(ref _last);
        return string.Create(26, (Milliseconds: nowUs / 1000, Counted: counted), static (chars, parts) =>
        {
            Write(chars[..10], (ulong)parts.Milliseconds);
            Write(chars[10..18], Own);
            Write(chars[18..], parts.Counted);
        });
    }

    /// <summary>The low bits of a number, five a letter.</summary>
    private static void Write(Span<char> letters, ulong bits)
    {
        for (var i = letters.Length - 1; i >= 0; i--, bits >>= 5)
            letters[i] = Alphabet[(int)(bits & 31)];
    }

    private static ulong Draw()
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(random);
        return BitConverter.ToUInt64(random) >> (64 - CountedBits);
    }
}
