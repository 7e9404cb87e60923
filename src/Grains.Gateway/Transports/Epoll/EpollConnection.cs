using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Grains.Gateway.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Grains.Gateway.Transports.Epoll;

/// <summary>
/// A connection as Kestrel sees it. Kestrel's own parts (HTTP, TLS) read and write its pipes; the front door's connections take the socket itself
/// (<see cref="TakeAsync"/>) and leave the pipes out.
/// </summary>
internal sealed class EpollConnection : ConnectionContext, IMemoryPoolFeature
{
    private static long _last;

    private readonly EpollSocket _socket;
    private readonly EpollStream _stream;
    private readonly CancellationTokenSource _ended = new();
    private IDuplexPipe? _transport;
    private volatile bool _isTaken;

    public EpollConnection(Socket socket, EpollLoop loop)
    {
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _ended.Token;
        ConnectionId = string.Create(CultureInfo.InvariantCulture, $"epoll-{Interlocked.Increment(ref _last)}");
        Features = new FeatureCollection(4);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set(this);
        // Elsewhere than here: whoever waits for the end may do much.
        _socket = new EpollSocket(socket, loop);
        _socket.OnEnded = () => ThreadPool.UnsafeQueueUserWorkItem(static ended => ended.Cancel(), _ended, preferLocal: false);
        _stream = new EpollStream(_socket);
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport
    {
        get => _transport ??= new Pipes(_stream);
        set => _transport = value;
    }

    public MemoryPool<byte> MemoryPool => MemoryPool<byte>.Shared;

    /// <summary>Takes the bytes out of Kestrel's hands, for good, with those that its pipe has read ahead, and has them served on the loop's thread;
    /// Kestrel's connection may end at once.</summary>
    /// <param name="serve">Serves the connection to its end; must not fail.</param>
    public async ValueTask TakeAsync(Func<ByteChannel, Task> serve)
    {
        var ahead = ReadOnlyMemory<byte>.Empty;
        if (_transport is { } pipes)
        {
            // Gives what is there without waiting for more.
            pipes.Input.CancelPendingRead();
            var read = await pipes.Input.ReadAsync();
            ahead = read.Buffer.ToArray();
            pipes.Input.AdvanceTo(read.Buffer.End);
        }

        _isTaken = true;
        _socket.OnEnded = null;
        _socket.RunsInline = true;
        Stream input = ahead.IsEmpty ? _stream : new PrefixedStream(ahead, _stream);
        var channel = new ByteChannel(input, _stream, _socket.Abort, _socket.Loop.Schedule);
        _socket.Loop.Post(new TakenSocket(_socket, channel, serve));
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!_isTaken)
            _socket.Abort();
    }

    public override ValueTask DisposeAsync()
    {
        if (!_isTaken)
            _socket.Dispose();
        _ended.Cancel();
        return base.DisposeAsync();
    }

    private sealed class Pipes(EpollStream stream) : IDuplexPipe
    {
        private static readonly StreamPipeReaderOptions ReaderOptions = new(useZeroByteReads: true, leaveOpen: true);
        private static readonly StreamPipeWriterOptions WriterOptions = new(leaveOpen: true);

        public PipeReader Input { get; } = PipeReader.Create(stream, ReaderOptions);

        public PipeWriter Output { get; } = PipeWriter.Create(stream, WriterOptions);
    }
}
