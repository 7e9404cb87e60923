using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Orleans.Cluster;

namespace Grains.Orleans.Client;

/// <summary>
/// One session at a silo, as this program has it. What means something to it alone is kept here and goes with it: the numbers of subscriptions, the
/// calls that are made and run over it. It is lost once, for good.
/// </summary>
internal sealed class RemoteSession : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How often something is asked again. Whether the silo lives is found out by the questions for events, sooner as a rule.</summary>
    private const int AttemptsMax = 100;

    private readonly CancellationTokenSource _lost = new();
    private readonly ClusterClientOptions _options;
    private readonly Lock _lock = new();
    private CancellationTokenSource _trust;
    private volatile bool _isLeaving;
    private volatile bool _isReplaced;

    public RemoteSession(ISessionGrain grain, ClusterClientOptions options)
    {
        Grain = grain;
        _options = options;
        Lost = _lost.Token;
        _trust = CancellationTokenSource.CreateLinkedTokenSource(Lost);
    }

    public ISessionGrain Grain { get; }

    /// <summary>Cancelled when the session is lost.</summary>
    public CancellationToken Lost { get; }

    public bool IsLost => Lost.IsCancellationRequested;

    /// <summary>Its silo is stopping: nothing new is begun in it, what runs goes on.</summary>
    public bool IsLeaving => _isLeaving;

    /// <summary>What belongs to this program has gone on in another session.</summary>
    public bool IsReplaced
    {
        get => _isReplaced;
        set => _isReplaced = value;
    }

    /// <summary>Something new may be begun in it.</summary>
    public bool IsUsable => !IsLost && !IsLeaving;

    /// <summary>The number of the last event that this program has; the fetching loop's.</summary>
    public long Have { get; set; }

    /// <summary>The silo may have gone.</summary>
    public bool IsDoubted
    {
        get
        {
            lock (_lock)
                return _trust.IsCancellationRequested;
        }
    }

    /// <summary>This program's connections by their names in this session.</summary>
    public ConcurrentDictionary<ConnectionId, ClientConnection> Connections { get; } = new();

    /// <summary>The names of the connections in this session.</summary>
    public ConcurrentDictionary<ClientConnection, ConnectionId> Names { get; } = new();

    /// <summary>Subscriptions by their numbers.</summary>
    public ConcurrentDictionary<long, RemoteSubscription> Subscriptions { get; } = new();

    /// <summary>Calls that this program has made.</summary>
    public ConcurrentDictionary<string, RemoteCall> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>Calls that this program runs.</summary>
    public ConcurrentDictionary<(ConnectionId Provider, string CallId), RemoteInvocation> Invocations { get; } = new();

    /// <summary>Asks the silo something that may be asked again, until it answers or the session is lost.</summary>
    /// <exception cref="NodeLostException">The session is lost.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<T> AskAsync<T>(Func<ISessionGrain, Task<T>> ask, CancellationToken cancellationToken = default)
    {
        using var either = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Lost) : null;
        var waiting = either?.Token ?? Lost;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask(Grain).WaitAsync(waiting).ConfigureAwait(false);
            }
            catch (OperationCanceledException error) when (IsLost)
            {
                throw Gone(error);
            }
            catch (Exception error) when (error is SessionEndedException || NodeLostException.IsOne(error))
            {
                if (error is SessionEndedException || attempt == AttemptsMax || IsLost)
                {
                    Lose();
                    throw Gone(error);
                }
            }

            await PauseAsync(waiting).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(Func<ISessionGrain, Task> ask, CancellationToken cancellationToken = default) => AskAsync(
        async grain =>
        {
            await ask(grain).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Waits a little before something is tried again.</summary>
    /// <exception cref="NodeLostException">The session is lost.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Pause, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (IsLost)
        {
            throw Gone(error);
        }
    }

    /// <summary>Whoever waits for the silo waits no longer.</summary>
    public void Doubt()
    {
        lock (_lock)
            _ = _trust.CancelAsync();
    }

    /// <summary>A token for one more question: cancelled by a doubt, or when the session is lost.</summary>
    public CancellationToken Trust()
    {
        lock (_lock)
        {
            if (!_trust.IsCancellationRequested)
                return _trust.Token;
            _trust = CancellationTokenSource.CreateLinkedTokenSource(Lost);
            return _trust.Token;
        }
    }

    /// <summary>Its silo is stopping. Subscriptions go on in another session, where they stand now.</summary>
    public void Leave()
    {
        _isLeaving = true;
        Subscriptions.Clear();
    }

    /// <summary>Whoever waits for something of it goes on, on another thread than this.</summary>
    public void Lose() => _ = _lost.CancelAsync();

    /// <summary>A session that nobody needs is lost. There is nothing else to let go: its tokens have no timers.</summary>
    public void Dispose() => Lose();

    /// <summary>What to throw when nothing can be done in it any more.</summary>
    public static NodeLostException Gone(Exception? inner = null) => new("The silo that this program was connected to went away.", inner!);
}
