using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Grains.Orleans.Client;

/// <summary>
/// Keeps one session open, from its first use to the program's end: opens it, fetches what happens in it, and when it is lost opens another, on a
/// silo that answers. When its silo is about to stop another is opened too, and this one is kept until the calls have ended that run over it.
/// </summary>
internal sealed partial class SessionLink : IAsyncDisposable
{
    /// <summary>Questions in a row that are not answered; then the session is given up. Orleans itself finds another way to a silo that has only
    /// lost a connection.</summary>
    private const int FailuresMax = 2;

    private static readonly TimeSpan FinishPollTime = TimeSpan.FromMilliseconds(100);

    private readonly IGrainFactory _grains;
    private readonly ClusterClientOptions _options;
    private readonly ISessionUser _user;
    private readonly ILogger _logger;
    private readonly ReconnectDelay _delay;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource<RemoteSession> _next = NewSource();
    private RemoteSession? _current;
    private RemoteSession? _leaving;
    private Task _left = Task.CompletedTask;
    private Task? _running;

    public SessionLink(IGrainFactory grains, ClusterClientOptions options, ISessionUser user, ILogger logger)
    {
        _grains = grains;
        _options = options;
        _user = user;
        _logger = logger;
        _delay = new ReconnectDelay(options.ReconnectDelayMin, options.ReconnectDelayMax, Random.Shared);
    }

    /// <summary>The session; at the first time begins to open one.</summary>
    /// <exception cref="OperationCanceledException">There was none before the token was cancelled, or the program is stopping.</exception>
    public async ValueTask<RemoteSession> GetAsync(CancellationToken cancellationToken)
    {
        Task<RemoteSession> next;
        lock (_lock)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            if (_current is { IsUsable: true } current)
                return current;
            _running ??= RunAsync();
            next = _next.Task;
        }

        return await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A silo may have gone: the session's is asked for a sign of life now.</summary>
    public void Doubt()
    {
        lock (_lock)
            _current?.Doubt();
    }

    /// <summary>Ends the session.</summary>
    /// <param name="cancellationToken">Stops the wait for the silo's answer.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        RemoteSession? last;
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            _stopping.Cancel();
            last = _current;
            _next.TrySetCanceled(_stopping.Token);
        }

        if (last is { IsLost: false })
            await EndAsync(last, cancellationToken).ConfigureAwait(false);
        last?.Lose();
        if (_running is not null)
            await _running.ConfigureAwait(false);
        _leaving?.Lose();
        await _left.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => new(StopAsync(CancellationToken.None));

    private static TaskCompletionSource<RemoteSession> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        // Whoever asked first does not wait here.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (await TryOpenAsync().ConfigureAwait(false) is { } opened)
                    await UseAsync(opened.Session, opened.PollTime).ConfigureAwait(false);
                else
                    await PauseAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Log.Failed(_logger, error);
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Each session is a grain of its own, so that it comes up on a silo that answers, whatever the cluster believes of another.</summary>
    private async Task<(RemoteSession Session, TimeSpan PollTime)?> TryOpenAsync()
    {
        var session = new RemoteSession(_grains.GetGrain<ISessionGrain>(Guid.NewGuid()), _options);
        try
        {
            var welcome = await session.Grain.OpenAsync(_options.ClientName)
                .WaitAsync(_options.AnswerTimeout, _options.Time, _stopping.Token).ConfigureAwait(false);
            if (welcome.Error == ErrorCode.None)
                return (session, welcome.PollTimeMax < _options.PollTime ? welcome.PollTimeMax : _options.PollTime);
            Log.Refused(_logger, welcome.Error, welcome.Message);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The loop sees it.
        }
        catch (Exception error) when (error is SessionEndedException || NodeLostException.IsOne(error))
        {
            Log.NotOpened(_logger, error);
            // It may be opened yet, when nobody waits for it any more.
            _ = EndAsync(session, CancellationToken.None);
        }

        session.Dispose();
        return null;
    }

    private async Task UseAsync(RemoteSession session, TimeSpan pollTime)
    {
        if (!TryPublish(session))
        {
            await EndAsync(session, CancellationToken.None).ConfigureAwait(false);
            session.Dispose();
            return;
        }

        var startedAt = _options.Time.GetTimestamp();
        var restoring = RestoreAsync(session);
        try
        {
            await FetchAsync(session, pollTime).ConfigureAwait(false);
        }
        finally
        {
            if (!session.IsLeaving)
                session.Lose();
            if (session.IsLost)
                await ClearAsync(session, restoring).ConfigureAwait(false);
        }

        if (!session.IsLost)
        {
            // One at a time: a session that still waits for its calls when the next one leaves too has had its time.
            _leaving?.Lose();
            await _left.ConfigureAwait(false);
            _leaving = session;
            _left = FinishAsync(session, restoring);
        }

        if (_stopping.IsCancellationRequested)
            return;
        Log.Lost(_logger, session.Grain.GetPrimaryKey());
        if (_options.Time.GetElapsedTime(startedAt) >= _options.ReconnectDelayMax)
            _delay.Reset();
        else
            await PauseAsync().ConfigureAwait(false); // a silo that lets sessions go as soon as it has them is not to be hammered
    }

    private async Task RestoreAsync(RemoteSession session)
    {
        await _user.RestoreAsync(session).ConfigureAwait(false);
        if (session.IsUsable && _leaving is { } leaving)
            leaving.IsReplaced = true;
    }

    /// <summary>A session whose silo is stopping goes on until it has been replaced and the calls that run over it have ended.</summary>
    private async Task FinishAsync(RemoteSession session, Task restoring)
    {
        try
        {
            while (!session.IsLost)
            {
                await FetchAsync(session, FinishPollTime).ConfigureAwait(false);
                if (session is not { IsReplaced: true, IsLost: false, Calls.IsEmpty: true, Invocations.IsEmpty: true })
                    continue;
                await EndAsync(session, CancellationToken.None).ConfigureAwait(false);
                session.Lose();
            }
        }
        catch (Exception error)
        {
            Log.Failed(_logger, error);
            session.Lose();
        }

        await ClearAsync(session, restoring).ConfigureAwait(false);
    }

    /// <summary>Whoever waits for something of a lost session is told.</summary>
    private async Task ClearAsync(RemoteSession session, Task restoring)
    {
        _user.Lost(session);
        await restoring.ConfigureAwait(false);
        session.Dispose();
    }

    /// <returns>False when the program has begun to stop meanwhile.</returns>
    private bool TryPublish(RemoteSession session)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return false;
            _current = session;
            var waiting = _next;
            _next = NewSource();
            waiting.TrySetResult(session);
            return true;
        }
    }

    /// <summary>The loop of a session's life: ask, hand on, ask again. It is left when the session is lost, or its silo is stopping; then it may be
    /// entered again for one more question.</summary>
    private async Task FetchAsync(RemoteSession session, TimeSpan pollTime)
    {
        var failures = 0;
        while (!session.IsLost)
        {
            try
            {
                // After a doubt the silo shall answer at once.
                var wait = session.IsDoubted || failures > 0 ? TimeSpan.Zero : pollTime;
                var batch = await session.Grain.NextAsync(session.Have, wait)
                    .WaitAsync(wait + _options.AnswerTimeout, _options.Time, session.Trust()).ConfigureAwait(false);
                failures = 0;
                Hand(session, batch);
                if (batch.Ended)
                    session.Lose();
                if (!batch.Leaving)
                    continue;
                if (!session.IsLeaving)
                    session.Leave();
                return;
            }
            catch (OperationCanceledException)
            {
                // It is lost, which the loop sees, or in doubt.
            }
            catch (SessionEndedException)
            {
                session.Lose();
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                if (++failures < FailuresMax)
                    continue;
                Log.NoAnswer(_logger, error);
                _ = EndAsync(session, CancellationToken.None);
                session.Lose();
            }
        }
    }

    private void Hand(RemoteSession session, SessionBatch batch)
    {
        var number = batch.First;
        foreach (var happened in batch.Events)
        {
            if (number++ <= session.Have)
                continue;
            _user.Happened(session, happened);
            session.Have++;
        }
    }

    /// <summary>So that what was there need not wait for the silo to notice; it does in any case.</summary>
    private async Task EndAsync(RemoteSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.Grain.EndAsync().WaitAsync(_options.AnswerTimeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SessionEndedException or OperationCanceledException || NodeLostException.IsOne(error))
        {
            // It has ended, or ends when it has been silent for long enough.
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(_delay.Next(), _options.Time, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(341, LogLevel.Information, "The session {Session} is over; another one is opened")]
        public static partial void Lost(ILogger logger, Guid session);

        [LoggerMessage(342, LogLevel.Warning, "A silo refused a session: {Error} {Message}")]
        public static partial void Refused(ILogger logger, ErrorCode error, string? message);

        [LoggerMessage(343, LogLevel.Warning, "No session could be opened")]
        public static partial void NotOpened(ILogger logger, Exception error);

        [LoggerMessage(344, LogLevel.Warning, "The silo of the session does not answer")]
        public static partial void NoAnswer(ILogger logger, Exception error);

        [LoggerMessage(345, LogLevel.Error, "The session's loop failed; another session is opened")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
