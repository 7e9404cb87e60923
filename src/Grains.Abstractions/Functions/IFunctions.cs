using System.Collections.Immutable;

namespace Grains;

/// <summary>Functions as a .NET program sees them, in process or over the wire. Typed verbs are in <see cref="FunctionExtensions"/>.</summary>
public interface IFunctions
{
    /// <summary>Calls one function; cancelling the token cancels the call at its provider.</summary>
    ValueTask<CallReply> CallAsync(FunctionCall call, CancellationToken cancellationToken = default);

    /// <summary>Calls a function and gives its streamed results as they come; a plain result is one item.</summary>
    /// <exception cref="GrainsException">The call failed.</exception>
    IAsyncEnumerable<Value> StreamAsync(FunctionCall call, CancellationToken cancellationToken = default);

    /// <summary>Runs a graph of calls.</summary>
    ValueTask<GraphReply> RunAsync(CallGraph graph, CancellationToken cancellationToken = default);

    /// <summary>Offers a .NET delegate as a function to everybody, until the result is disposed. Parameters are bound by position
    /// and name; a <see cref="CancellationToken"/>, an <see cref="ICallContext"/> are supplied; <c>Task</c>, <c>ValueTask</c> and
    /// <c>IAsyncEnumerable</c> results are understood.</summary>
    /// <exception cref="GrainsException">The name is reserved or a limit is reached.</exception>
    ValueTask<IAsyncDisposable> OfferAsync(FunctionOffer offer, Delegate function, CancellationToken cancellationToken = default);

    ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern = "*", CancellationToken cancellationToken = default);
}
