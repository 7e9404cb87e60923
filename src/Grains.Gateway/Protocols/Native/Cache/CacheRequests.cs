using System.Runtime.CompilerServices;
using System.Text;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>
/// A connection's cache requests. While the engine answers at once, each is read, run and answered without an allocation of its own; once
/// it does not, later requests on the same key queue behind (<see cref="OrderedWork{TLane}"/>). Its steps are not inlined into each other: together
/// they would have a frame of 5 kB, which is cleared for each request.
/// </summary>
internal sealed class CacheRequests
{
    /// <summary>Values that are read and written in less than a microsecond.</summary>
    private const int QuickBytesMax = 4 * 1024;

    private readonly SessionContext _context;
    private readonly KeyTable _keys;
    private readonly OrderedWork<CacheKey> _order;
    private byte[]? _connection;
    private long _answers;
    private int _burst;
    private long _answeredUs;

    public CacheRequests(SessionContext context, KeyTable keys)
    {
        _context = context;
        _keys = keys;
        _order = new OrderedWork<CacheKey>(exception => ConnectionLog.RequestFailed(context.Logger, context.Id.Text, exception));
    }

    /// <summary>The requests that a slow engine has not answered.</summary>
    public OrderedWork<CacheKey> Order => _order;

    public void Handle(in Envelope envelope)
    {
        var beganUs = BeginUs();
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var request = CacheRequestReader.Read(envelope, _keys, ref fault);
        if (fault.IsSet)
            Refuse(id, fault.Code, fault.Message, beganUs);
        else if (!_order.IsIdle || request.Options.Notice is not null)
            Defer(new PendingCacheRequest(this, id, request, beganUs), envelope.Bytes);
        else if (request.Over is not null)
            RunOver(id, request, beganUs, envelope.Bytes);
        else
            Run(id, request, request.Key!, request.Command!, beganUs, envelope.Bytes);
    }

    /// <summary>The connection does something else: that is no part of the next request's time.</summary>
    public void Interrupt() => _answeredUs = 0;

    /// <summary>Answers a cache request that is refused before it is looked at.</summary>
    public void Refuse(ReadOnlySpan<byte> id, ErrorCode code, string? message) => Refuse(id, code, message, _context.Time.NowUs());

    internal SessionContext Context => _context;

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Answer(
        ReadOnlySpan<byte> id, in CacheRequest request, in CacheReply reply, long beganUs, long nowUs, string? notificationError = null)
    {
        var hint = CacheAnswer.SizeHint(request, reply);
        using var frame = _context.Output.Begin(hint);
        var stamp = Stamp(beganUs, nowUs);
        if (hint - CacheAnswer.OverheadBytes <= _context.Output.MessageBytesMax)
        {
            CacheAnswer.Write(frame.Writer, id, request, reply, stamp, notificationError);
            if (frame.Commit())
                return;
        }

        AnswerShorter(frame, id, request, reply, stamp, notificationError);
    }

    internal void Answer(ReadOnlySpan<byte> id, in CacheRequest request, NamespaceReply reply, long beganUs)
    {
        using var frame = _context.Output.Begin(CacheAnswer.OverheadBytes + reply.Data.Bytes.Length);
        var stamp = Stamp(beganUs, _context.Time.NowUs());
        CacheAnswer.Write(frame.Writer, id, request, reply, stamp);
        if (!frame.Commit())
            RefuseAsTooLong(frame, id, stamp);
    }

    internal void Refuse(ReadOnlySpan<byte> id, ErrorCode code, string? message, long beganUs)
    {
        using var frame = _context.Output.Begin();
        CacheAnswer.WriteError(frame.Writer, id, code, message, Stamp(beganUs, _context.Time.NowUs()));
        frame.Commit();
    }

    internal void AnswerTimeout(ReadOnlySpan<byte> id, long beganUs)
    {
        using var frame = _context.Output.Begin();
        CacheAnswer.WriteTimeout(frame.Writer, id, Stamp(beganUs, _context.Time.NowUs()));
        frame.Commit();
    }

    /// <summary>An answer that is too long as a whole, without as few of its values as will do: status and revision always come through.</summary>
    private void AnswerShorter(
        in OutputBuffer.Frame frame, ReadOnlySpan<byte> id, in CacheRequest request, in CacheReply reply, in AnswerStamp stamp,
        string? notificationError)
    {
        var omitted = AnswerParts.None;
        while (true)
        {
            var shorter = CacheAnswer.Shorten(request, reply, omitted);
            if (shorter == omitted)
                break;
            omitted = shorter;
            if (CacheAnswer.ValueBytes(request, reply, omitted) > _context.Output.MessageBytesMax)
                continue;
            CacheAnswer.Write(frame.Writer, id, request, reply, stamp, notificationError, omitted);
            if (frame.Commit())
                return;
        }

        RefuseAsTooLong(frame, id, stamp);
    }

    private void RefuseAsTooLong(in OutputBuffer.Frame frame, ReadOnlySpan<byte> id, in AnswerStamp stamp)
    {
        CacheAnswer.WriteError(frame.Writer, id, ErrorCode.AnswerTooLarge, TooLong.Answer(_context.Output.MessageBytesMax), stamp);
        frame.Commit();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Run(ReadOnlySpan<byte> id, in CacheRequest request, CacheKey key, CacheCommand command, long beganUs, int bytes)
    {
        var task = _context.Engine.Cache.ExecuteAsync(key, command);
        if (task.IsCompletedSuccessfully)
            AnswerAtOnce(id, request, task.Result, beganUs);
        else
            Defer(new PendingCacheRequest(this, id, request, beganUs, task.AsTask()), bytes);
    }

    private void AnswerAtOnce(ReadOnlySpan<byte> id, in CacheRequest request, in CacheReply reply, long beganUs)
    {
        // A short value that has been read since the request began has been read for it: the time of that is as good as now.
        var isQuick = CacheAnswer.ValueBytes(request, reply, AnswerParts.None) <= QuickBytesMax;
        var accessedUs = isQuick && request.Verb == CacheVerb.Get ? reply.Entry.LastAccessAtUs : 0;
        var nowUs = accessedUs >= beganUs ? accessedUs : _context.Time.NowUs();
        Answer(id, request, reply, beganUs, nowUs);
        _answeredUs = isQuick ? nowUs : 0;
    }

    private void RunOver(ReadOnlySpan<byte> id, in CacheRequest request, long beganUs, int bytes)
    {
        var task = _context.Engine.Cache.ExecuteAsync(request.OverWithin(TimeSpan.Zero));
        if (task.IsCompletedSuccessfully)
            Answer(id, request, task.Result, beganUs);
        else
            Defer(new PendingCacheRequest(this, id, request, beganUs, overStarted: task.AsTask()), bytes);
    }

    private void Defer(PendingCacheRequest pending, int bytes) => _order.Run(pending.Lane, bytes, pending.RunAsync);

    /// <summary>When a request begins: requests of one burst run one after the other, so when the one before had its answer. Each look at the
    /// clock is 2 % of a get; this spares one, and the entry's time of access another.</summary>
    private long BeginUs()
    {
        var burst = _context.Output.Bursts;
        var answeredUs = burst == _burst ? _answeredUs : 0;
        (_burst, _answeredUs) = (burst, 0);
        return answeredUs != 0 ? answeredUs : _context.Time.NowUs();
    }

    /// <summary>In the answer's frame, which numbers the answers as they leave.</summary>
    private AnswerStamp Stamp(long beganUs, long nowUs) => new(
        nowUs,
        _connection ??= Encoding.UTF8.GetBytes(_context.Id.Text),
        ++_answers,
        // The clock may have been set back meanwhile.
        Math.Max(0, nowUs - beganUs));
}
