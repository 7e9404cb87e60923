using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Grains.Json;

/// <summary>
/// A growing piece of UTF-8 text in a pooled array, for building JSON without an object per piece. A class rather than a struct so
/// that it can be passed on; <see cref="Dispose"/> gives the array back. With a limit it stops growing there and says so.
/// </summary>
public sealed class Utf8Buffer : IDisposable
{
    private byte[] _bytes;

    /// <param name="bytesMax">What is longer sets <see cref="Overflowed"/> and is not kept.</param>
    public Utf8Buffer(long bytesMax = int.MaxValue / 2)
    {
        BytesMax = bytesMax;
        _bytes = ArrayPool<byte>.Shared.Rent(256);
    }

    public long BytesMax { get; }

    public int Length { get; private set; }

    /// <summary>True once something did not fit; what was appended after that is lost.</summary>
    public bool Overflowed { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Append(byte value)
    {
        if (Reserve(1))
            _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!Reserve(bytes.Length))
            return;
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Append(long number)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, text, out var written);
        Append(text[..written]);
    }

    /// <summary>The shortest text that reads back as the same number; it must be finite.</summary>
    public void Append(double number)
    {
        Span<byte> text = stackalloc byte[32];
        number.TryFormat(text, out var written, provider: CultureInfo.InvariantCulture);
        Append(text[..written]);
    }

    public void AppendBase64(ReadOnlySpan<byte> bytes)
    {
        var length = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        if (!Reserve(length))
            return;
        Base64.EncodeToUtf8(bytes, _bytes.AsSpan(Length), out _, out var written);
        Length += written;
    }

    public void Append(bool value) => Append(value ? "true"u8 : "false"u8);

    /// <summary>Forgets everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Puts <paramref name="bytes"/> over what was written from <paramref name="start"/> on, which ends there.</summary>
    public void ReplaceFrom(int start, ReadOnlySpan<byte> bytes)
    {
        Length = start;
        Append(bytes);
    }

    public byte[] ToArray() => Written.ToArray();

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private bool Reserve(int count)
    {
        if (Overflowed || (long)Length + count > BytesMax)
        {
            Overflowed = true;
            return false;
        }

        if (_bytes.Length - Length >= count)
            return true;
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, (long)Length + count)));
        Written.CopyTo(grown);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
        return true;
    }
}
