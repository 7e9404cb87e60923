using Grains.Engine;
using Grains.Functions;
using Grains.Orleans.Cluster;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// A call of a connection of this silo that another may run: at the silo that decides among the connections that offer the function, and where none
/// of them will do, at one that has it as a .NET function. Between silos messages may overtake each other, so what is said of the call afterwards
/// is said until the call has ended.
/// </summary>
internal sealed class OutgoingCall
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly OrleansFunctions _functions;
    private readonly Deciders _deciders;
    private readonly CallCommand _command;
    private readonly bool _isOffered;
    private readonly SiloCalls _asks;
    private readonly CallPatience _patience;
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SiloAddress? _madeAt;
    private volatile bool _isCancelled;
    private volatile bool _isGivenUp;
    private volatile bool _isCallerLost;

    /// <param name="functions">This silo's.</param>
    /// <param name="deciders">Where calls are decided.</param>
    /// <param name="command">The call.</param>
    /// <param name="isOffered">Connections offer the function; otherwise this silo has nobody who could run it.</param>
    /// <param name="asks">Says what a silence means.</param>
    /// <param name="patience">How long an answer is waited for.</param>
    public OutgoingCall(
        OrleansFunctions functions, Deciders deciders, CallCommand command, bool isOffered, SiloCalls asks, CallPatience patience)
    {
        _asks = asks;
        _patience = patience;
        _functions = functions;
        _deciders = deciders;
        _command = command;
        _isOffered = isOffered;
    }

    /// <summary>Ends when the call has ended where it was made, which may be long after anybody waited for it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The answer may be a provider's own.</summary>
    public bool WasAsked { get; private set; }

    public async Task<CallReply> RunAsync()
    {
        var reply = _asks.AskAsync(EndAsync);
        var answer = await _patience.WaitAsync(reply, _givenUp.Task).ConfigureAwait(false);
        _isGivenUp = true;
        if (!reply.IsCompleted)
            _ = _asks.TryAsync(() => reply);
        return answer;
    }

    /// <summary>Asks to end the call; ends when it has, or when nobody waits for it any more. It is asked for until it has. When the caller has
    /// closed that is what ends the call: its provider is to hear the reason.</summary>
    public Task CancelAsync()
    {
        if (_isCallerLost)
            return Task.CompletedTask;
        _isCancelled = true;
        return Task.WhenAny(
            _asks.TryAsync(() => SayAsync(silo => _functions.CancelAtAsync(silo, _command.CallId))), GiveUpAsync());
    }

    /// <summary>Its caller has closed. Ends when the call has ended at the silo that runs it.</summary>
    public Task LoseCallerAsync()
    {
        _isCallerLost = true;
        _ = GiveUpAsync();
        return _asks.TryAsync(() => SayAsync(silo => _functions.CallerClosedAtAsync(silo, _command.Caller)));
    }

    private async Task GiveUpAsync()
    {
        await _patience.AfterCancelAsync(_ended.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_ended.Task.IsCompleted)
            _givenUp.TrySetResult();
    }

    private async Task<CallReply> EndAsync()
    {
        try
        {
            var decided = await RunWhereItCanAsync().ConfigureAwait(false);
            WasAsked = decided.WasAsked;
            return decided.Reply;
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private async Task<DecidedReply> RunWhereItCanAsync()
    {
        var name = _command.Call.Function;
        var decided = _isOffered ? await RunDecidedAsync().ConfigureAwait(false) : new DecidedReply(FunctionErrors.NotFound(name), WasAsked: false);
        if (!decided.IsNotFound || !_command.Call.Target.IsNone)
            return decided;
        // .NET functions of one name need not be the same at every silo: their tags may be those of the node.
        var before = _madeAt ?? _functions.Local;
        foreach (var silo in _functions.ServersOf(name).Where(silo => !silo.Equals(before)))
        {
            decided = await MakeAsync(silo).ConfigureAwait(false);
            if (!decided.IsNotFound)
                break;
        }

        return decided;
    }

    private async Task<DecidedReply> RunDecidedAsync()
    {
        var name = _command.Call.Function;
        for (SiloAddress? before = null; ;)
        {
            // Not back to where the caller was: calls that wait here go on in the order in which they were made.
            var silo = await _deciders.OfAsync(name).ConfigureAwait(false);
            DecidedReply decided;
            try
            {
                decided = await MakeAsync(silo).ConfigureAwait(false);
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                _deciders.Forget(name, silo);
                throw;
            }

            if (!decided.IsNotFound || silo.Equals(before))
                return decided;
            // Nothing has run: the function may have moved.
            _deciders.Forget(name, silo);
            before = silo;
        }
    }

    private Task<DecidedReply> MakeAsync(SiloAddress silo)
    {
        if (_isCancelled || _isGivenUp)
            return Task.FromResult(new DecidedReply(FunctionErrors.Cancelled(), WasAsked: false));
        _madeAt = silo;
        return _functions.CallAtAsync(silo, _command);
    }

    private async Task SayAsync(Func<SiloAddress, Task> say)
    {
        while (!_ended.Task.IsCompleted)
        {
            try
            {
                if (_madeAt is { } silo)
                    await say(silo).ConfigureAwait(false);
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                // If the silo has gone the call ends by that.
            }

            await Task.WhenAny(_ended.Task, Task.Delay(Pause)).ConfigureAwait(false);
        }
    }
}
