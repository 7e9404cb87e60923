using Grains.Gateway.Connections;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>
/// A cache request that could not be answered at once: the engine is slow, an earlier request on its key is, or a topic must be told
/// first. Answered exactly once: by its reply, or, when its time is over, as timed out. It keeps its place in the order until the
/// engine has really ended it; one whose time was over before its turn came does not run at all.
/// </summary>
internal sealed class PendingCacheRequest
{
    /// <summary>An operation over a namespace keeps to its time by itself and says what it did; this is for one that does not
    /// end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly CacheRequests _requests;
    private readonly byte[] _id;
    private readonly CacheRequest _request;
    private readonly long _beganUs;
    private readonly long _beganAt;
    private readonly Task<CacheReply>? _started;
    private readonly Task<NamespaceReply>? _overStarted;
    private readonly ITimer _timer;
    private int _answered;

    public PendingCacheRequest(
        CacheRequests requests, ReadOnlySpan<byte> id, in CacheRequest request, long beganUs, Task<CacheReply>? started = null,
        Task<NamespaceReply>? overStarted = null)
    {
        _requests = requests;
        _id = id.ToArray();
        _request = request;
        _beganUs = beganUs;
        _beganAt = requests.Context.Time.GetTimestamp();
        _started = started;
        _overStarted = overStarted;
        var limit = request.Options.Timeout + (request.Over is null ? TimeSpan.Zero : Grace);
        _timer = requests.Context.Time.CreateTimer(
            static state => ((PendingCacheRequest)state!).TimeOut(), this, limit, System.Threading.Timeout.InfiniteTimeSpan);
    }

    public CacheKey? Lane => _request.Lane;

    public async ValueTask RunAsync()
    {
        try
        {
            if (Volatile.Read(ref _answered) != 0)
                return;
            if (_request.Over is not null)
                Answer(await (_overStarted ?? StartOver()));
            else
                await RunPlainAsync(_request.Key!, _request.Command!);
        }
        catch (Exception exception)
        {
            ConnectionLog.RequestFailed(_requests.Context.Logger, _requests.Context.Id.Text, exception);
            if (TryAnswer())
                _requests.Refuse(_id, ErrorCode.Internal, "Internal error; the outcome is unknown.", _beganUs);
        }
        finally
        {
            await _timer.DisposeAsync();
            _requests.Context.Flush();
        }
    }

    private Task<NamespaceReply> StartOver() =>
        _requests.Context.Engine.Cache.ExecuteAsync(_request.OverWithin(_requests.Context.Time.GetElapsedTime(_beganAt))).AsTask();

    private async ValueTask RunPlainAsync(CacheKey key, CacheCommand command)
    {
        var reply = await (_started ?? _requests.Context.Engine.Cache.ExecuteAsync(key, command).AsTask());
        string? notificationError = null;
        // A retry by op_id has changed nothing: what it changed the first time has been told.
        if (_request is { Verb: CacheVerb.Put, Options.Notice: { } notice } && reply is { Outcome: CacheOutcome.Hit, Repeated: false })
            notificationError = await ChangeMessage.PublishAsync(_requests.Context, notice, key, command.Value, reply);
        if (TryAnswer())
            _requests.Answer(_id, _request, reply, _beganUs, _requests.Context.Time.NowUs(), notificationError);
    }

    private void Answer(NamespaceReply reply)
    {
        if (TryAnswer())
            _requests.Answer(_id, _request, reply, _beganUs);
    }

    private void TimeOut()
    {
        if (!TryAnswer())
            return;
        _requests.AnswerTimeout(_id, _beganUs);
        _requests.Context.Flush();
    }

    private bool TryAnswer() => Interlocked.Exchange(ref _answered, 1) == 0;
}
