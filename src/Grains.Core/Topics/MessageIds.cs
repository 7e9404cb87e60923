using System.Security.Cryptography;

namespace Grains.Topics;

/// <summary>Message ids for publishers that give none: ULIDs (48 bits of milliseconds, 80 bits, Crockford's base 32). Of the 80 bits half are this
/// process's own, drawn once, and half count up from a random start: as unique as random ones, and they cost a hundredth.</summary>
public static class MessageIds
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int CountedBits = 40;

    private const int PrefixChars = 18;

    private static readonly ulong Own = Draw();
    private static ulong _last = Draw();
    private static Prefix _prefix = new(0);

    /// <param name="nowUs">The time that the id sorts by, microseconds of the Unix epoch.</param>
    public static string Next(long nowUs)
    {
        var counted = Interlocked.Increment(ref _last);
        var prefix = Volatile.Read(ref _prefix);
        if (prefix.Milliseconds != nowUs / 1000)
            Volatile.Write(ref _prefix, prefix = new Prefix(nowUs / 1000));
        return string.Create(PrefixChars + 8, (prefix.Text, counted), static (chars, parts) =>
        {
            parts.Text.CopyTo(chars);
            Write(chars[PrefixChars..], parts.counted);
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

    /// <summary>What all ids of a millisecond begin with.</summary>
    private sealed class Prefix(long milliseconds)
    {
        public long Milliseconds { get; } = milliseconds;

        public string Text { get; } = string.Create(PrefixChars, milliseconds, static (chars, time) =>
        {
            Write(chars[..10], (ulong)time);
            Write(chars[10..], Own);
        });
    }
}
