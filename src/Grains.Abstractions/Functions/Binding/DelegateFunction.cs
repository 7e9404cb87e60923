using System.Collections.Immutable;

namespace Grains.Functions.Binding;

/// <summary>
/// A .NET delegate that a program offers as a function: binds JSON arguments to its parameters, runs it, and makes its outcome a
/// reply. Used by the .NET client and in process. Nothing here throws for what a caller or the function did: that is in the reply.
/// </summary>
internal sealed class DelegateFunction
{
    /// <summary>The longest result, in bytes: what fits a message.</summary>
    private const int ResultBytesMax = 20 * 1024 * 1024;

    private readonly FunctionBinder _binder;
    private readonly ResultReader _result;

    /// <exception cref="NotSupportedException">A parameter's type cannot come from JSON.</exception>
    public DelegateFunction(string name, Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        _binder = new FunctionBinder(name, function);
        _result = ResultReader.For(_binder.ReturnType);
    }

    /// <summary>The names of the parameters that callers give, in order.</summary>
    public ImmutableArray<string> ParameterNames => [.. _binder.ParameterNames];

    /// <summary>Runs one call.</summary>
    /// <param name="arguments">A JSON array, or none.</param>
    /// <param name="keywords">A JSON object, or none.</param>
    /// <param name="context">The call.</param>
    /// <param name="stream">Report the items of a streamed result as they come, with a result of none; otherwise they are one array.</param>
    public async ValueTask<CallReply> RunAsync(Value arguments, Value keywords, ICallContext context, bool stream)
    {
        var wrong = CallArguments.TryCut(arguments, keywords, out var cut);
        Value[] placed = [];
        object?[] values = [];
        wrong ??= _binder.TryPlace(cut, out placed);
        wrong ??= _binder.TryRead(placed, context, out values);
        if (wrong is not null)
            return BindingErrors.InvalidArguments(wrong);
        try
        {
            return await _result.ReadAsync(_binder.Invoke(values), context, stream, ResultBytesMax).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            return BindingErrors.Of(exception, context);
        }
    }
}
