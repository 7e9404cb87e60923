namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>Runs graphs of calls for a connection.</summary>
public interface IGraphRunner
{
    /// <summary>Runs a graph to its end.</summary>
    /// <param name="graph">The graph; without commands it succeeds with no results.</param>
    /// <param name="caller">Who gets streamed items.</param>
    /// <param name="observer">Told of each call; null: nobody is.</param>
    /// <param name="cancellationToken">Ends the graph with <see cref="ErrorCode.Cancelled"/>.</param>
    ValueTask<GraphReply> RunAsync(CallGraph graph, ConnectionId caller, ICallObserver? observer, CancellationToken cancellationToken);
}

/// <summary>Told which call runs which command, so that streamed items, which come by call id, find their request.</summary>
public interface ICallObserver
{
    void Started(string command, string callId);

    void Ended(string callId);
}
