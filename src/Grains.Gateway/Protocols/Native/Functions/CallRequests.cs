using System.Collections.Concurrent;
using Grains.Functions;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>
/// The calls that a connection makes: <c>rpc</c>, <c>rpc-cancel</c> and the streamed items on their way back. Calls run at the same time;
/// one that ends at once is answered in place and is never registered. At most <c>CallsInFlightMax</c> are unanswered.
/// </summary>
internal sealed class CallRequests(SessionContext context, GraphRunner runner, TextTable texts)
{
    private readonly Lock _lock = new();
    private readonly HashSet<RunningRequest> _running = [];
    private readonly ConcurrentDictionary<string, CallStream> _streams = new();
    private CancellationTokenSource? _spare;
    private long _bytes;
    private bool _ended;

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
        if (!_streams.TryGetValue(callId, out var stream))
            return;
        using var frame = context.Output.Begin(item.Bytes.Length);
        CallJson.WriteProgress(frame.Writer, stream.Id, stream.Command, stream.NextSequence(), item);
        frame.Commit();
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
            return _running.Count >= context.Limits.CallsInFlightMax || (_running.Count > 0 && _bytes + bytes > context.Limits.BytesInFlightMax);
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
        var observer = new StreamObserver(this, request.Id);
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

        lock (_lock)
        {
            _running.Remove(request);
            _bytes -= request.Bytes;
        }

        Answer(request.Id, reply);
        context.Flush();
    }

    private void Answer(ReadOnlySpan<byte> id, GraphReply reply)
    {
        var bytes = 256;
        foreach (var (_, value) in reply.Results)
            bytes += value.Bytes.Length;
        using var frame = context.Output.Begin(bytes);
        CallJson.WriteResponse(frame.Writer, id, reply);
        frame.Commit();
    }

    /// <summary>A request that is not answered; its id as it was spelled.</summary>
    private sealed class RunningRequest(byte[] id, int bytes, CancellationTokenSource cancellation)
    {
        public byte[] Id { get; } = id;

        public int Bytes { get; } = bytes;

        public CancellationTokenSource Cancellation { get; } = cancellation;
    }

    /// <summary>Where the items of one call go. They come in order, one at a time.</summary>
    private sealed class CallStream(byte[] id, string command)
    {
        private int _sequence;

        public byte[] Id { get; } = id;

        public string Command { get; } = command;

        public int NextSequence() => _sequence++;
    }

    private sealed class StreamObserver(CallRequests requests, byte[] id) : IGraphObserver
    {
        public void Started(string command, string callId) => requests._streams[callId] = new CallStream(id, command);

        public void Ended(string callId) => requests._streams.TryRemove(callId, out _);
    }
}
