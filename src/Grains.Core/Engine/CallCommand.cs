namespace Grains.Engine;

/// <summary>A call as it crosses the port.</summary>
/// <param name="CallId">Unique in the cluster; chosen by the caller's side.</param>
/// <param name="Caller">Who is told of streamed items; none when nobody is.</param>
/// <param name="Call">The call.</param>
/// <param name="DeadlineAtUs">Microseconds of the Unix epoch; travels with the call.</param>
public sealed record CallCommand(string CallId, ConnectionId Caller, FunctionCall Call, long DeadlineAtUs);
