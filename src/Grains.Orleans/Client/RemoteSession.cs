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

    public RemoteSession(ISessionGrain grain, ClusterClientOptions options)
    {
        Grain = grain;
        _options = options;
        Lost = _lost.Token;
    }

    public ISessionGrain Grain { get; }

    /// <summary>Cancelled when the session is lost.</summary>
    public CancellationToken Lost { get; }

    public bool IsLost => Lost.IsCancellationRequested;

    /// <summary>This program's connections by their names in this session.</summary>
    public ConcurrentDictionary<ConnectionId, ClientConnection> Connections { get; } = new();

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

    /// <summary>Whoever waits for something of it is told; from any thread.</summary>
    public void Lose()
    {
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was lost long ago.
        }
    }

    /// <summary>After it has been lost.</summary>
    public void Dispose() => _lost.Dispose();

    private static NodeLostException Gone(Exception inner) => new("The silo that this program was connected to went away.", inner);
}
