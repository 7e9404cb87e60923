using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports;

namespace Grains.Gateway.Connections;

/// <summary>
/// All connections of a front door: opens and closes them at the engine, counts them, looks after them by a heartbeat, and lets them
/// finish when the server stops. Listeners call <see cref="RunAsync"/> once for each connection.
/// </summary>
public sealed class ConnectionRunner : IAsyncDisposable
{
    private const int TicksPerPingPeriod = 5;

    private readonly ConnectionServices _services;
    private readonly ConcurrentDictionary<ConnectionId, Connection> _connections = new();
    private readonly ITimer _heartbeat;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _refused;
    private long _refusedSaidAtUs = long.MinValue / 2;
    private volatile bool _stopping;

    public ConnectionRunner(ConnectionServices services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var errors = services.Limits.Validate();
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(services));
        _services = services;
        var period = services.Limits.PingPeriod / TicksPerPingPeriod;
        _heartbeat = services.Time.CreateTimer(static state => ((ConnectionRunner)state!).Tick(), this, period, period);
    }

    public ConnectionServices Services => _services;

    /// <summary>Connections that run now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Nobody is let in any more.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Whether one more connection would be let in.</summary>
    public bool HasRoom => !_stopping && Count < _services.Limits.ConnectionsMax;

    /// <summary>Serves one connection until it ends.</summary>
    /// <returns>False when it was refused at once: too many are open, or the server is stopping.</returns>
    public async Task<bool> RunAsync(
        ByteChannel channel, ConnectionInfo info, IProtocol protocol, IMessageFraming framing, bool authenticated,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (!TryEnter(info.Transport))
            return false;
        await RunEnteredAsync(channel, info, protocol, framing, authenticated, cancellationToken);
        return true;
    }

    /// <summary>Takes a place for one connection; for a transport that has something to tell the client before it is served. Whoever has a place
    /// calls either <see cref="RunEnteredAsync"/> or <see cref="Leave"/>.</summary>
    /// <returns>False when too many are open, or the server is stopping.</returns>
    public bool TryEnter(string transport)
    {
        if (Interlocked.Increment(ref _count) <= _services.Limits.ConnectionsMax && !_stopping)
            return true;
        Leave();
        if (!_stopping)
            NoteRefused(transport);
        return false;
    }

    /// <summary>Serves the connection that has a place, until it ends.</summary>
    public async Task RunEnteredAsync(
        ByteChannel channel, ConnectionInfo info, IProtocol protocol, IMessageFraming framing, bool authenticated,
        CancellationToken cancellationToken)
    {
        try
        {
            ArgumentNullException.ThrowIfNull(channel);
            ArgumentNullException.ThrowIfNull(info);
            ArgumentNullException.ThrowIfNull(protocol);
            ArgumentNullException.ThrowIfNull(framing);
            using var connection = new Connection(channel, info, protocol, framing, _services, authenticated);
            await using var cut = cancellationToken.UnsafeRegister(static state => ((Connection)state!).Abort(), connection);
            await RunOpenAsync(connection);
            await connection.LeaveAsync();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _stopping)
            _ended.TrySetResult();
    }

    /// <summary>Lets nobody in any more, says goodbye, waits for running calls until the token is cancelled, and closes every connection.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        foreach (var connection in _connections.Values)
            connection.Goodbye();
        try
        {
            while (_connections.Values.Any(static connection => connection.IsBusy))
                await Task.Delay(StopPollPeriod, _services.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            ConnectionLog.CutOff(_services.Logger, _connections.Values.Count(static connection => connection.IsBusy));
        }

        foreach (var connection in _connections.Values)
            connection.Close(CloseReason.Stopping);
        if (Count == 0)
            _ended.TrySetResult();
    }

    /// <summary>After <see cref="StopAsync"/>: waits until every connection has ended, and cuts what is left when the token is cancelled.</summary>
    public async Task WhenEndedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _ended.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            foreach (var connection in _connections.Values)
                connection.Abort();
        }
    }

    public ValueTask DisposeAsync() => _heartbeat.DisposeAsync();

    private static readonly TimeSpan StopPollPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RefusedPeriod = TimeSpan.FromSeconds(1);

    private async Task RunOpenAsync(Connection connection)
    {
        _services.Table.Add(connection);
        try
        {
            await _services.Engine.OpenAsync(connection.Id, connection.Info);
            try
            {
                _connections[connection.Id] = connection;
                if (_stopping)
                    connection.Close(CloseReason.Stopping);
                await connection.ServeAsync();
            }
            finally
            {
                _connections.TryRemove(connection.Id, out _);
                _services.Table.Remove(connection.Id);
                // The rest of a cluster may take its time to hear of it; nothing of the connection runs on meanwhile.
                var closing = _services.Engine.CloseAsync(connection.Id).AsTask();
                connection.Closed();
                await closing;
            }
        }
        finally
        {
            _services.Table.Remove(connection.Id);
        }
    }

    /// <summary>At most one line a second, however many knock.</summary>
    private void NoteRefused(string transport)
    {
        Interlocked.Increment(ref _refused);
        var nowUs = _services.Time.NowUs();
        var saidAtUs = Volatile.Read(ref _refusedSaidAtUs);
        if (nowUs - saidAtUs < RefusedPeriod.ToUs() || Interlocked.CompareExchange(ref _refusedSaidAtUs, nowUs, saidAtUs) != saidAtUs)
            return;
        ConnectionLog.Refused(_services.Logger, Interlocked.Exchange(ref _refused, 0), transport, _services.Limits.ConnectionsMax);
    }

    private void Tick()
    {
        var nowUs = _services.Time.NowUs();
        foreach (var (_, connection) in _connections)
            connection.Tick(nowUs);
    }
}
