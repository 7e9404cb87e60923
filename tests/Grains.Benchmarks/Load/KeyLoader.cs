using System.Globalization;
using System.Text;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Load;

/// <summary>A connection that writes its share of many keys, some requests under way at a time. Each request is a copy of one whose key's digits are
/// overwritten.</summary>
internal sealed class KeyLoader : Participant
{
    /// <summary>How a template's key shows its number.</summary>
    public const string Digits = "0000000000";

    private readonly byte[] _template;
    private readonly int _digitsAt;
    private readonly long _step;
    private readonly long _end;
    private readonly byte[] _burst;
    private long _next;

    /// <param name="link">The connection.</param>
    /// <param name="scanner">Reads the replies.</param>
    /// <param name="template">A request, unmasked, whose key has <see cref="Digits"/>.</param>
    /// <param name="keys">First number, step and end.</param>
    /// <param name="depth">Requests under way.</param>
    public KeyLoader(Link link, ReplyScanner scanner, byte[] template, (long First, long Step, long End) keys, int depth)
        : base(link, scanner)
    {
        _template = template;
        // The last: the request id may show the key too, and need not change.
        _digitsAt = template.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(Digits));
        if (_digitsAt < 0)
            throw new ArgumentException("The template has no digits.", nameof(template));
        (_next, _step, _end) = keys;
        _burst = new byte[template.Length * depth];
    }

    public long Sent { get; private set; }

    public long Written { get; private set; }

    public bool IsDone => _next >= _end && Written == Sent;

    public void Send(int count)
    {
        var length = 0;
        for (; count > 0 && _next < _end; count--, _next += _step)
        {
            _template.CopyTo(_burst, length);
            _next.TryFormat(_burst.AsSpan(length + _digitsAt, Digits.Length), out _, "D10", CultureInfo.InvariantCulture);
            length += _template.Length;
            Sent++;
        }

        if (length > 0)
            Link.Send(_burst.AsSpan(0, length));
    }

    protected override void Replied(int replies, long nowNs)
    {
        Written += replies;
        if (Written > Sent)
            throw new LoadException("The server answered more requests than it was sent.");
        Send(replies);
    }
}
