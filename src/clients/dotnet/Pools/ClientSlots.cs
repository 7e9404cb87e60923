using Grains.Client.Connections;

namespace Grains.Client.Pools;

/// <summary>The clients of a pool: picks the least busy connected one and replaces the aged when nobody uses them.</summary>
internal sealed class ClientSlots : IAsyncDisposable
{
    private readonly GrainsClientPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ClientSlot[] _slots;
    private readonly BackgroundTasks _closing;
    private bool _isDisposed;

    public ClientSlots(GrainsClientPoolOptions options)
    {
        _options = options;
        _time = options.Client.Time;
        _closing = new BackgroundTasks(options.Client.OnError);
        _slots = new ClientSlot[options.Size];
        for (var i = 0; i < _slots.Length; i++)
            _slots[i] = Make();
    }

    public int ConnectedCount
    {
        get
        {
            lock (_lock)
                return _slots.Count(s => s.Client.IsConnected);
        }
    }

    public IReadOnlyList<GrainsClientStatistics> Statistics
    {
        get
        {
            lock (_lock)
                return [.. _slots.Select(s => s.Client.Statistics)];
        }
    }

    /// <summary>The client to use; <see cref="ClientSlot.Leave"/> ends the use.</summary>
    public ClientSlot Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(GrainsClientPool));
            var best = 0;
            for (var i = 0; i < _slots.Length; i++)
            {
                if (IsAged(_slots[i]))
                    Replace(i);
                if (IsBetter(_slots[i], _slots[best]))
                    best = i;
            }

            _slots[best].Enter();
            return _slots[best];
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
            _isDisposed = true;
        foreach (var slot in _slots)
            await slot.Client.DisposeAsync().ConfigureAwait(false);
        await _closing.WhenAllEndedAsync().ConfigureAwait(false);
    }

    private static bool IsBetter(ClientSlot slot, ClientSlot than) => slot.Client.IsConnected != than.Client.IsConnected
        ? slot.Client.IsConnected
        : slot.Users < than.Users;

    private bool IsAged(ClientSlot slot) => _options.LifetimeMax > TimeSpan.Zero && slot.Users == 0
        && _time.GetElapsedTime(slot.MadeAt) >= _options.LifetimeMax;

    private void Replace(int index)
    {
        _closing.Add(_slots[index].Client.DisposeAsync().AsTask());
        _slots[index] = Make();
    }

    private ClientSlot Make() => new(new GrainsClient(_options.Client), _time.GetTimestamp());
}
