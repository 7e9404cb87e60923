using System.Runtime.CompilerServices;

namespace Grains;

/// <summary>The typed verbs of functions. Graphs of calls are built with <see cref="CallGraphBuilder"/>.</summary>
public static class FunctionExtensions
{
    /// <summary>Calls a function with positional arguments: <c>await functions.CallAsync&lt;int&gt;("add", 1, 2)</c>.</summary>
    /// <exception cref="GrainsException">The call failed.</exception>
    public static ValueTask<T?> CallAsync<T>(this IFunctions functions, string function, params object?[] arguments) =>
        functions.CallAsync<T>(new FunctionCall(function) { Arguments = Arguments(arguments) });

    /// <summary>Calls a function with keyword arguments, the members of an object: <c>new { width = 640 }</c>.</summary>
    /// <exception cref="GrainsException">The call failed.</exception>
    public static ValueTask<T?> CallWithAsync<T>(
        this IFunctions functions, string function, object keywords, CancellationToken cancellationToken = default) =>
        functions.CallAsync<T>(new FunctionCall(function) { Keywords = Value.From(keywords) }, cancellationToken);

    /// <summary>Makes a call that has been described and reads its result as T.</summary>
    /// <exception cref="GrainsException">The call failed.</exception>
    public static async ValueTask<T?> CallAsync<T>(this IFunctions functions, FunctionCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(functions);
        ArgumentNullException.ThrowIfNull(call);
        return Read<T>((await functions.CallAsync(call, cancellationToken).ConfigureAwait(false)).ThrowIfError(), call.Function);
    }

    /// <summary>Calls a function and gives the items of its streamed result as they come.</summary>
    /// <exception cref="GrainsException">The call failed.</exception>
    public static IAsyncEnumerable<T?> StreamAsync<T>(this IFunctions functions, string function, params object?[] arguments) =>
        functions.StreamAsync<T>(new FunctionCall(function) { Arguments = Arguments(arguments) });

    /// <inheritdoc cref="StreamAsync{T}(IFunctions, string, object?[])"/>
    public static async IAsyncEnumerable<T?> StreamAsync<T>(this IFunctions functions, FunctionCall call,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(functions);
        await foreach (var item in functions.StreamAsync(call, cancellationToken).ConfigureAwait(false))
            yield return Read<T>(item, call.Function);
    }

    /// <summary>Offers a delegate as a function, until the result is disposed: <c>OfferAsync("add", (int a, int b) => a + b)</c>.</summary>
    /// <exception cref="GrainsException">The name is reserved or a limit is reached.</exception>
    public static ValueTask<IAsyncDisposable> OfferAsync(
        this IFunctions functions, string function, Delegate run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return functions.OfferAsync(new FunctionOffer(function), run, cancellationToken);
    }

    /// <summary>Returns the result, or throws what the call failed with.</summary>
    public static Value ThrowIfError(this CallReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Error == ErrorCode.None
            ? reply.Result
            : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details);
    }

    /// <summary>Returns the graph's reply, or throws what it failed with.</summary>
    public static GraphReply ThrowIfError(this GraphReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Error == ErrorCode.None ? reply : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details);
    }

    /// <summary>The result of one command of the last level, read as T.</summary>
    /// <exception cref="KeyNotFoundException">The last level has no such command.</exception>
    public static T? Result<T>(this GraphReply reply, string command)
    {
        ArgumentNullException.ThrowIfNull(reply);
        foreach (var (name, value) in reply.ThrowIfError().Results)
        {
            if (name == command)
                return Read<T>(value, command);
        }

        throw new KeyNotFoundException($"The last level of the graph has no command {command}.");
    }

    private static T? Read<T>(Value result, string function) =>
        TypedValue.Read<T, string>(result, function, static function => $"The result of {function}");

    private static Value Arguments(object?[]? arguments) =>
        arguments is { Length: 0 } ? Value.None : Value.From(arguments ?? [null], CallGraphBuilder.ArgumentOptions);
}
