using Grains.Functions.Binding;

namespace Grains.Functions;

/// <summary>
/// A .NET delegate as a function: binds the arguments, runs it, writes the result. What it throws is its answer, never the server's
/// failure. Made by <see cref="FunctionTable"/>; run by an engine, which decides when and for whom.
/// </summary>
internal sealed class ServerFunction
{
    private readonly FunctionBinder _binder;
    private readonly ResultReader _result;
    private readonly ResultCache? _cache;
    private readonly int _resultBytesMax;

    /// <param name="offer">The name, and what is shown; parameter names are filled in when absent.</param>
    /// <param name="function">The delegate.</param>
    /// <param name="inline">It is so short that it may run on the loop of the connection that calls it.</param>
    /// <param name="cache">Where results are kept when the offer says so.</param>
    /// <param name="resultBytesMax">The longest result.</param>
    public ServerFunction(FunctionOffer offer, Delegate function, bool inline, ResultCache cache, int resultBytesMax)
    {
        _binder = new FunctionBinder(offer.Function, function);
        _result = ResultReader.For(_binder.ReturnType);
        _cache = offer.CacheFor is null ? null : cache;
        _resultBytesMax = resultBytesMax;
        Offer = offer.Parameters.IsDefaultOrEmpty ? offer with { Parameters = [.. _binder.ParameterNames] } : offer;
        RunsInline = inline;
    }

    public FunctionOffer Offer { get; }

    /// <summary>True when it was said to be short. Others begin on the thread pool, asynchronous ones too (what they do before their
    /// first await takes time as well), so that they block no connection and run beside each other.</summary>
    public bool RunsInline { get; }

    /// <summary>Runs one call. Never throws.</summary>
    /// <param name="call">The arguments.</param>
    /// <param name="context">Supplied to the delegate.</param>
    /// <param name="streams">Report streamed items instead of collecting them.</param>
    public ValueTask<CallReply> RunAsync(FunctionCall call, ICallContext context, bool streams)
    {
        var wrong = CallArguments.TryCut(call.Arguments, call.Keywords, out var arguments);
        Value[] placed = [];
        wrong ??= _binder.TryPlace(arguments, out placed);
        if (wrong is not null)
            return new(FunctionErrors.InvalidArguments(wrong));
        return _cache is null
            ? RunAsync(placed, context, streams)
            : _cache.GetAsync(this, CanonicalJson.KeyOf(placed), Offer.CacheFor!.Value, context, shared => RunAsync(placed, shared, streams: false));
    }

    private async ValueTask<CallReply> RunAsync(Value[] placed, ICallContext context, bool streams)
    {
        try
        {
            return _binder.TryRead(placed, context, out var values) is { } wrong
                ? FunctionErrors.InvalidArguments(wrong)
                : await _result.ReadAsync(_binder.Invoke(values), context, streams, _resultBytesMax);
        }
        catch (ProviderBusyException)
        {
            return FunctionErrors.Refused(Offer.Function);
        }
#pragma warning disable CA1031 // whatever a function throws is the answer to its caller
        catch (Exception e)
#pragma warning restore CA1031
        {
            return BindingErrors.Of(e, context);
        }
    }
}
