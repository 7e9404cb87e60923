using Grains.Engine;
using Grains.Gateway.Protocols.Native.Functions;

namespace Grains.Tests.Gateway;

/// <summary>Runs the commands of a graph one after the other and replaces no references.</summary>
internal sealed class FakeRunner(Func<IFunctionEngine> engine) : IGraphRunner
{
    private int _calls;

    public async ValueTask<GraphReply> RunAsync(CallGraph graph, ConnectionId caller, ICallObserver? observer, CancellationToken cancellationToken)
    {
        var results = new List<KeyValuePair<string, Value>>();
        foreach (var command in graph.Commands)
        {
            var callId = $"call-{Interlocked.Increment(ref _calls)}";
            observer?.Started(command.Name, callId);
            var reply = await engine().CallAsync(new CallCommand(callId, caller, command.Call, 0)).AsTask().WaitAsync(cancellationToken);
            observer?.Ended(callId);
            if (reply.Error != ErrorCode.None)
                return GraphReply.Fail(reply.Error, reply.Message!, reply.Details);
            results.Add(new(command.Name, reply.Result));
        }

        return new GraphReply { Results = [.. results] };
    }
}
