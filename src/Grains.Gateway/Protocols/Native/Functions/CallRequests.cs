using System.Collections.Concurrent;
using Grains.Functions;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>
/// The calls that a connection makes: <c>rpc</c>, <c>rpc-cancel</c> and the streamed items on their way back. Calls run at the same time;
/// one that ends at once is answered in place and is never registered. At most <c>CallsInFlightMax</c> are unanswered.
/// A client that does not read holds no more than its limits: a stream is cut, and a late answer waits until there is room.
/// </summary>
internal sealed class CallRequests(SessionContext context, GraphRunner runner, TextTable texts)
{
    private const int EnvelopeBytes = 256;

    private readonly Lock _lock = new();
    private readonly HashSet<RunningRequest> _running = [];
    private ConcurrentDictionary<string, CallStream>? _streams;
    private CancellationTokenSource? _spare;
    private long _bytes;
    private long _heldBytes;
    private bool _ended;

    /// <summary>Made for the first that asks: most connections never do, and it is larger than all the rest here.</summary>
    private ConcurrentDictionary<string, CallStream> Streams =>
        LazyInitializer.EnsureInitialized(ref _streams, static () => new ConcurrentDictionary<string, CallStream>(StringComparer.Ordinal))!;

    /// <summary>Requests that are not answered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _running.Count;
        }
    }

    public void Call(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var graph = GraphReader.Read(envelope, id, texts, ref fault);
        if (!fault.IsSet && IsFull(envelope.Bytes))
            fault.Set("The connection has as many calls in flight as it may.", ErrorCode.TooManyCalls);
        if (fault.IsSet)
            Answer(id, GraphReply.Fail(fault.Code, Title(fault.Code) ?? fault.Message!, Title(fault.Code) is null ? null : fault.Message));
        else if (envelope[Member.Stream] is [(byte)'t', ..])
            RunStreamed(id, graph, envelope.Bytes);
        else
            RunPlain(id, graph, envelope.Bytes);
    }

    /// <summary>There is no answer to a cancel; the request itself is answered as cancelled.</summary>
    public void Cancel(in Envelope envelope)
    {
        var id = envelope.Id;
        List<RunningRequest>? found = null;
        lock (_lock)
        {
            foreach (var request in _running)
            {
                if (id.SequenceEqual(request.Id))
                    (found ??= []).Add(request);
            }
        }

        found?.ForEach(static request => request.Cancellation.Cancel());
    }

    /// <summary>A streamed item of one of this connection's calls.</summary>
    public void Report(string callId, Value item)
    {
        if (Volatile.Read(ref _streams) is not { } streams || !streams.TryGetValue(callId, out var stream) || stream.Request.IsCut)
            return;
        if (Send(stream, item) is { } reason)
            stream.Request.Cut(reason);
    }

    /// <summary>Cancels everything that runs; what begins later is cancelled at once.</summary>
    public void End()
    {
        List<RunningRequest> running;
        lock (_lock)
        {
            _ended = true;
            running = [.. _running];
        }

        running.ForEach(static request => request.Cancellation.Cancel());
    }

    public void Refuse(ReadOnlySpan<byte> id, ErrorCode code, string? message) => Answer(id, GraphReply.Fail(code, message ?? code.ToString()));

    private static string? Title(ErrorCode code) => code == ErrorCode.InvalidMessage ? "Invalid message" : null;

    /// <summary>One call may always run, however long its message is.</summary>
    private bool IsFull(int bytes)
    {
        lock (_lock)
        {
            return _running.Count >= context.Limits.CallsInFlightMax
                || (_running.Count > 0 && _bytes + _heldBytes + bytes > context.Limits.BytesInFlightMax);
        }
    }

    private void RunPlain(ReadOnlySpan<byte> id, CallGraph graph, int bytes)
    {
        // A source that was never cancelled nor registered serves the next request too.
        var cancellation = Interlocked.Exchange(ref _spare, null) ?? new CancellationTokenSource();
        var task = runner.RunAsync(graph, context.Id, observer: null, cancellation.Token);
        if (!task.IsCompletedSuccessfully)
        {
            _ = FinishAsync(Register(id.ToArray(), bytes, cancellation), task.AsTask());
            return;
        }

        Answer(id, task.Result);
        _spare = cancellation;
    }

    private void RunStreamed(ReadOnlySpan<byte> id, CallGraph graph, int bytes)
    {
        var request = Register(id.ToArray(), bytes, new CancellationTokenSource());
        var observer = new StreamObserver(this, request);
        _ = FinishAsync(request, runner.RunAsync(graph, context.Id, observer, request.Cancellation.Token).AsTask());
    }

    private RunningRequest Register(byte[] id, int bytes, CancellationTokenSource cancellation)
    {
        var request = new RunningRequest(id, bytes, cancellation);
        bool ended;
        lock (_lock)
        {
            _running.Add(request);
            _bytes += bytes;
            ended = _ended;
        }

        if (ended)
            cancellation.Cancel();
        return request;
    }

    private async Task FinishAsync(RunningRequest request, Task<GraphReply> task)
    {
        GraphReply reply;
        try
        {
            reply = await task;
        }
        catch (OperationCanceledException) when (request.Cancellation.IsCancellationRequested)
        {
            reply = GraphReply.Fail(ErrorCode.Cancelled, "Cancelled");
        }
        catch (Exception exception)
        {
            ConnectionLog.RequestFailed(context.Logger, context.Id.Text, exception);
            reply = GraphReply.Fail(ErrorCode.Internal, "Internal error; the outcome is unknown.");
        }

        reply = request.WhyCut ?? WithinLimit(reply);
        if (!TryAnswer(request, reply))
            _ = AnswerWhenRoomAsync(request, Hold(request, reply));
    }

    /// <summary>Keeps a late answer until there is room, as long as not too many bytes are kept already.</summary>
    private GraphReply Hold(RunningRequest request, GraphReply reply)
    {
        var bytes = BytesOf(reply);
        lock (_lock)
        {
            if (_heldBytes > 0 && _heldBytes + bytes > context.Limits.BytesInFlightMax)
                return GraphReply.Fail(ErrorCode.SlowReader, "The call has run, but the answers before its own were not read in time.");
            _heldBytes += bytes;
            request.HeldBytes = bytes;
            return reply;
        }
    }

    // A method of its own: while it waits nothing else refers to a reply that was not kept.
    private async Task AnswerWhenRoomAsync(RunningRequest request, GraphReply reply)
    {
        do
            await context.Output.WhenRoomAsync();
        while (!TryAnswer(request, reply));
    }

    private bool TryAnswer(RunningRequest request, GraphReply reply)
    {
        if (!context.Output.TryBegin(BytesOf(reply), out var frame))
            return false;
        using (frame)
        {
            // Before the answer can be seen: whoever has read it may call again.
            Forget(request);
            Write(frame, request.Id, reply);
        }

        context.Flush();
        return true;
    }

    private void Forget(RunningRequest request)
    {
        lock (_lock)
        {
            _running.Remove(request);
            _bytes -= request.Bytes;
            _heldBytes -= request.HeldBytes;
        }
    }

    private void Answer(ReadOnlySpan<byte> id, GraphReply reply)
    {
        reply = WithinLimit(reply);
        using var frame = context.Output.Begin(BytesOf(reply));
        Write(frame, id, reply);
    }

    private void Write(in OutputBuffer.Frame frame, ReadOnlySpan<byte> id, GraphReply reply)
    {
        CallJson.WriteResponse(frame.Writer, id, reply);
        if (frame.Commit())
            return;
        // An error that is too long quotes what it was sent.
        var shorter = reply.Error == ErrorCode.None
            ? TooLarge()
            : GraphReply.Fail(reply.Error, TooLong.Cut(reply.Message) ?? "", TooLong.Cut(reply.Details));
        CallJson.WriteResponse(frame.Writer, id, shorter);
        frame.Commit();
    }

    /// <summary>A reply that can be seen to be too long is not even written: each level of intermediate results repeats those before it.</summary>
    private GraphReply WithinLimit(GraphReply reply)
    {
        if (reply.Error != ErrorCode.None)
            return reply;
        var bytes = (long)BytesOf(reply) - EnvelopeBytes;
        foreach (var record in reply.Intermediate)
        {
            foreach (var (_, value) in record.LevelResults)
                bytes += value.Bytes.Length;
            foreach (var (_, value) in record.AccumulatedResults)
                bytes += value.Bytes.Length;
        }

        return bytes > context.Output.MessageBytesMax ? TooLarge() : reply;
    }

    private GraphReply TooLarge() =>
        GraphReply.Fail(ErrorCode.AnswerTooLarge, "Answer too large", TooLong.Answer(context.Output.MessageBytesMax));

    /// <returns>Why the item was not sent, and the stream with it ends; null when it was.</returns>
    private GraphReply? Send(CallStream stream, Value item)
    {
        if (item.Bytes.Length > context.Output.MessageBytesMax)
            return ItemTooLarge();
        if (!context.Output.TryBegin(item.Bytes.Length, out var frame))
            return GraphReply.Fail(ErrorCode.SlowReader, "The stream was cut: its items were not read in time.");
        using (frame)
        {
            CallJson.WriteProgress(frame.Writer, stream.Request.Id, stream.Command, stream.NextSequence(), item);
            return frame.Commit() ? null : ItemTooLarge();
        }
    }

    private GraphReply ItemTooLarge() => GraphReply.Fail(
        ErrorCode.AnswerTooLarge, "Answer too large",
        $"An item of the stream is longer than a message may be ({context.Output.MessageBytesMax} bytes).");

    private static int BytesOf(GraphReply reply)
    {
        long bytes = EnvelopeBytes;
        foreach (var (_, value) in reply.Results)
            bytes += value.Bytes.Length;
        return (int)Math.Min(bytes, int.MaxValue / 2);
    }

    /// <summary>A request that is not answered; its id as it was spelled.</summary>
    private sealed class RunningRequest(byte[] id, int bytes, CancellationTokenSource cancellation)
    {
        private volatile GraphReply? _whyCut;

        public byte[] Id { get; } = id;

        public int Bytes { get; } = bytes;

        public CancellationTokenSource Cancellation { get; } = cancellation;

        /// <summary>Of its answer while that waits for room; guarded by the lock of the requests.</summary>
        public int HeldBytes { get; set; }

        /// <summary>An item of it could not be sent: it is cancelled, and no later item is sent.</summary>
        public bool IsCut => _whyCut is not null;

        /// <summary>What it is answered in that case.</summary>
        public GraphReply? WhyCut => _whyCut;

        public void Cut(GraphReply reason)
        {
            _whyCut = reason;
            Cancellation.Cancel();
        }
    }

    /// <summary>Where the items of one call go. They come in order, one at a time.</summary>
    private sealed class CallStream(RunningRequest request, string command)
    {
        private int _sequence;

        public RunningRequest Request { get; } = request;

        public string Command { get; } = command;

        public int NextSequence() => _sequence++;
    }

    private sealed class StreamObserver(CallRequests requests, RunningRequest request) : IGraphObserver
    {
        public void Started(string command, string callId) => requests.Streams[callId] = new CallStream(request, command);

        public void Ended(string callId) => requests.Streams.TryRemove(callId, out _);
    }
}
