using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Topics;

/// <summary>
/// A subscription that outlives connections. The receive loop puts deliveries into a bounded buffer and never waits. When the buffer is
/// full the subscription is parked: the rest is dropped here, the server is told to stop, and when the reader has drained half of the
/// buffer it is asked to go on from the position. The topic's log is the real buffer, so nothing is lost beyond its retention.
/// </summary>
internal sealed class ClientSubscription : ITopicSubscription
{
    private readonly Session _session;
    private readonly SubscriptionTable _table;
    private readonly SubscribeCommand _command;
    private readonly GrainsClientOptions _options;
    private readonly Lock _lock = new();
    private readonly SubscriptionPositions _positions;
    private readonly DeliveryBuffer _buffer;
    private TaskCompletionSource? _readerWaits;
    private Connection? _source;
    private Connection? _askedOn;
    private bool _isParked;
    private bool _isLeaving;
    private bool _isEnded;
    private Exception? _failure;
    private int _readers;

    public ClientSubscription(Session session, SubscriptionTable table, SubscribeCommand command, GrainsClientOptions options)
    {
        _options = options;
        _session = session;
        _table = table;
        _command = command;
        _positions = new SubscriptionPositions(command);
        _buffer = new DeliveryBuffer(options.Limits.SubscriptionMessagesMax, options.Limits.SubscriptionBytesMax);
    }

    public string SubscriptionId => _command.SubscriptionId;

    public long SubscribedAtUs
    {
        get
        {
            lock (_lock)
                return _positions.SubscribedAtUs;
        }
    }

    /// <summary>The first subscribe: repeated on further connections until one acknowledges it.</summary>
    /// <exception cref="GrainsException">The server refused.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        var request = new SubscribeRequest(this, _session.NextId(), _command);
        var answer = await _session.SendAsync(request, _options.RequestTimeout, cancellationToken).ConfigureAwait(false);
        var reply = TopicResponseReader.Subscribed(answer);
        if (reply.Error != ErrorCode.None)
            throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString());
        // The connection that acknowledged may have said goodbye before, and the present one not have been asked.
        Resume();
    }

    /// <summary>Takes one delivery; called by the receive loop of <paramref name="connection"/>.</summary>
    public void Deliver(Connection connection, in Delivery delivery)
    {
        lock (_lock)
        {
            if (_isEnded || _source != connection || !_positions.IsNew(delivery))
                return;
            if (_buffer.TryAdd(delivery))
            {
                _positions.MovePast(delivery);
                WakeReader();
                return;
            }

            if (_command.Rule == SlowReaderRule.Close)
                EndLocked(new GrainsException(ErrorCode.SlowReader, "The reader of the subscription is too slow and its rule is to close."));
            else
                Park();
        }

        if (_command.Rule == SlowReaderRule.Close)
            _table.Remove(this);
        _session.Background.Add(LeaveAsync(connection));
    }

    /// <summary>Asks the present connection to go on, unless it has been asked, the buffer is full, or a former leave is not done.</summary>
    public void Resume() => ResumeOn(null);

    /// <summary>Asks a connection, or the present one, as <see cref="Resume"/> does.</summary>
    public void ResumeOn(Connection? connection)
    {
        SubscribeCommand command;
        lock (_lock)
        {
            // Read under the lock, so that none is asked after the one that has taken its place.
            connection ??= _session.Current;
            if (connection is null || _askedOn == connection || _positions.SubscribedAtUs == 0)
                return;
            if (_isEnded || _isLeaving || (_isParked && !_buffer.IsDrained))
                return;
            _askedOn = connection;
            _isParked = false;
            command = _positions.ToResume();
        }

        _session.Background.Add(ResumeAsync(connection, new SubscribeRequest(this, _session.NextId(), command)));
    }

    /// <summary>Ends it with a failure if it is, or is to be, delivered over this connection.</summary>
    public bool TryEndOn(Connection connection, Exception failure)
    {
        lock (_lock)
        {
            if (_source != connection && _askedOn != connection)
                return false;
            EndLocked(failure);
            return true;
        }
    }

    /// <summary>Ends the enumeration: normally, or with a failure.</summary>
    public void End(Exception? failure)
    {
        lock (_lock)
            EndLocked(failure);
    }

    public async IAsyncEnumerator<Delivery> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _readers, 1) != 0)
            throw new InvalidOperationException("A subscription has one reader.");
        try
        {
            while (true)
            {
                var state = Take(out var delivery, out var more);
                if (state == Taken.One)
                    yield return delivery;
                else if (state == Taken.End)
                    yield break;
                else
                    await more.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _readers, 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Connection? source;
        lock (_lock)
        {
            // A first subscribe that was given up may still be acknowledged, so it is taken back too.
            source = _askedOn ?? _session.Current;
            EndLocked(null);
        }

        _table.Remove(this);
        if (source is not null && !_session.Closing.IsCancellationRequested)
            await LeaveAsync(source).ConfigureAwait(false);
    }

    private void Park()
    {
        _isParked = true;
        _isLeaving = true;
        _source = null;
        _askedOn = null;
    }

    private void EndLocked(Exception? failure)
    {
        if (_isEnded)
            return;
        _isEnded = true;
        _failure = failure;
        _source = null;
        _askedOn = null;
        WakeReader();
    }

    private void WakeReader()
    {
        _readerWaits?.TrySetResult();
        _readerWaits = null;
    }

    private Taken Take(out Delivery delivery, out Task more)
    {
        more = Task.CompletedTask;
        bool resume;
        lock (_lock)
        {
            if (!_buffer.TryTake(out delivery))
            {
                if (!_isEnded)
                {
                    _readerWaits ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                    more = _readerWaits.Task;
                    return Taken.Nothing;
                }

                return _failure is null ? Taken.End : throw _failure;
            }

            resume = _isParked && _buffer.IsDrained;
        }

        if (resume)
            Resume();
        return Taken.One;
    }

    /// <summary>Called in the receive loop, so that what comes after the acknowledgement finds its source.</summary>
    private void Acknowledged(Connection connection, ReadOnlyMemory<byte> answer)
    {
        var reply = TopicResponseReader.Subscribed(answer);
        lock (_lock)
        {
            // Another connection has been asked meanwhile: this one is on its way out, and what it still has the other brings too.
            if (_isEnded || reply.Error != ErrorCode.None || (_askedOn is not null && _askedOn != connection))
                return;
            _positions.Acknowledged(reply.SubscribedAtUs);
            _askedOn = connection;
            _source = connection;
        }
    }

    private async Task ResumeAsync(Connection connection, SubscribeRequest request)
    {
        ReadOnlyMemory<byte> answer;
        try
        {
            answer = await connection.RequestAsync(request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // The next connection is asked by Restore.
            return;
        }

        var reply = TopicResponseReader.Subscribed(answer);
        if (reply.Error == ErrorCode.None)
            return;
        lock (_lock)
        {
            // The refusal of a connection that said goodbye: another has been asked, or is asked when the buffer is drained.
            if (_askedOn != connection)
                return;
            EndLocked(new GrainsException(reply.Error, reply.Message ?? "The subscription could not be resumed."));
        }

        _table.Remove(this);
    }

    private async Task LeaveAsync(Connection connection)
    {
        using var timer = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
        try
        {
            var id = _session.NextId();
            var request = new Request(id, TopicRequestWriter.Unsubscribe(id, SubscriptionId), canRepeat: false);
            await connection.RequestAsync(request, timer.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionLostException or OperationCanceledException)
        {
            // The server forgets the subscription with its connection; until then what it sends is dropped.
        }

        lock (_lock)
            _isLeaving = false;
        Resume();
    }

    private enum Taken
    {
        Nothing,
        One,
        End,
    }

    private sealed class SubscribeRequest(ClientSubscription owner, long id, SubscribeCommand command)
        : Request(id, TopicRequestWriter.Subscribe(id, command), canRepeat: true)
    {
        public override void OnAnswer(Connection connection, ReadOnlyMemory<byte> answer) => owner.Acknowledged(connection, answer);
    }
}
