using System.Collections.Immutable;
using System.Reflection;

namespace Grains.Functions.Binding;

/// <summary>
/// A .NET delegate as a function: binds JSON arguments to its parameters, runs it, and makes its outcome a reply. The server uses
/// it for its own functions and clients for those they offer, so a function behaves the same wherever it runs.
/// Parameters are bound by position, then by name; defaults fill what is left; <see cref="CancellationToken"/> and
/// <see cref="ICallContext"/> are supplied. Nothing here throws for what a caller or the function did: that is in the reply.
/// </summary>
internal sealed class DelegateFunction
{
    private readonly Delegate _function;
    private readonly MethodInvoker _invoker;
    private readonly ArgumentBinder _binder;
    private readonly ResultReader _result;

    /// <exception cref="ArgumentException">A parameter is passed by reference or cannot come from JSON.</exception>
    public DelegateFunction(Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        _function = function;
        // The delegate's own Invoke knows closures and static methods; the method behind it knows the names.
        var invoke = function.GetType().GetMethod("Invoke")!;
        _invoker = MethodInvoker.Create(invoke);
        var named = function.Method.GetParameters();
        var count = invoke.GetParameters().Length;
        _binder = new ArgumentBinder(named.AsSpan(named.Length - count));
        _result = ResultReader.Of(function.Method.ReturnType);
    }

    /// <summary>The names of the parameters that callers give, in order.</summary>
    public ImmutableArray<string> ParameterNames => _binder.Names;

    /// <summary>Runs one call.</summary>
    /// <param name="arguments">A JSON array, or none.</param>
    /// <param name="keywords">A JSON object, or none.</param>
    /// <param name="context">The call.</param>
    /// <param name="stream">Report the items of a streamed result as they come; otherwise they are one array.</param>
    public async ValueTask<CallReply> RunAsync(Value arguments, Value keywords, ICallContext context, bool stream)
    {
        var refusal = _binder.TryBind(arguments, keywords, context, out var values);
        if (refusal is not null)
            return CallReply.Fail(ErrorCode.InvalidArguments, refusal);
        try
        {
            var returned = _invoker.Invoke(_function, values);
            return CallReply.Ok(await _result.ReadAsync(returned, context, stream).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            return FunctionFailure.Of(exception, context);
        }
    }
}
