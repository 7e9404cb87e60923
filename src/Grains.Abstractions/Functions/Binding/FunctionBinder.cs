using System.Reflection;

namespace Grains.Functions.Binding;

/// <summary>
/// Fits the arguments of a call to the parameters of a delegate: positional ones first, then keywords by name (exactly, else without
/// regard to case), then defaults; <c>params</c> takes the rest; tokens and contexts are supplied. Made once for each delegate.
/// </summary>
internal sealed class FunctionBinder
{
    private readonly string _function;
    private readonly Delegate _delegate;
    private readonly MethodInvoker _invoker;
    private readonly BoundParameter[] _all;
    private readonly int[] _places;
    private readonly BoundParameter? _rest;

    public FunctionBinder(string function, Delegate @delegate)
    {
        _function = function;
        _delegate = @delegate;
        var invoke = @delegate.GetType().GetMethod("Invoke")!;
        _invoker = MethodInvoker.Create(invoke);
        ReturnType = invoke.ReturnType;
        var typed = invoke.GetParameters();
        var named = @delegate.Method.GetParameters();
        var closedOver = Math.Max(0, named.Length - typed.Length); // the first parameter of an extension method, for one
        _all = new BoundParameter[typed.Length];
        for (var i = 0; i < typed.Length; i++)
            _all[i] = new BoundParameter(i + closedOver < named.Length ? named[i + closedOver] : typed[i], typed[i]);
        _places = [.. Enumerable.Range(0, _all.Length).Where(i => _all[i].Supplied == SuppliedKind.None && !_all[i].IsRest)];
        _rest = Array.Find(_all, static parameter => parameter.IsRest);
    }

    public Type ReturnType { get; }

    /// <summary>The names that a caller can give, in order.</summary>
    public IEnumerable<string> ParameterNames =>
        _all.Where(static parameter => parameter.Supplied == SuppliedKind.None).Select(static parameter => parameter.Name);

    /// <summary>Orders the pieces by parameter, missing ones as <see cref="Value.None"/>, then those that a <c>params</c> array takes.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? TryPlace(CallArguments arguments, out Value[] placed)
    {
        var given = arguments.Positional.Count;
        placed = new Value[_rest is null ? _places.Length : Math.Max(given, _places.Length)];
        if (given > placed.Length)
            return $"{_function}() takes {Count(_places.Length)} but {given} were given.";
        for (var i = 0; i < given; i++)
            placed[i] = arguments.Positional[i];
        foreach (var (name, value) in arguments.Keywords)
        {
            var place = Find(name);
            if (place < 0)
                return $"{_function}() has no parameter '{name}'.";
            if (!placed[place].IsNone)
                return $"{_function}() got '{_all[_places[place]].Name}' twice.";
            placed[place] = value;
        }

        for (var i = 0; i < _places.Length; i++)
        {
            if (placed[i].IsNone && !_all[_places[i]].HasDefault)
                return $"{_function}() is missing the argument '{_all[_places[i]].Name}'.";
        }

        return null;
    }

    /// <summary>Reads the placed pieces as what the delegate takes.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? TryRead(Value[] placed, ICallContext context, out object?[] values)
    {
        values = new object?[_all.Length];
        for (var i = 0; i < _all.Length; i++)
        {
            values[i] = _all[i].Supplied switch
            {
                SuppliedKind.Token => context.Cancelled,
                SuppliedKind.Context => context,
                _ => _all[i].Default,
            };
        }

        for (var i = 0; i < _places.Length; i++)
        {
            var parameter = _all[_places[i]];
            if (!placed[i].IsNone && !parameter.TryRead(placed[i], out values[_places[i]], out var wanted))
                return Misfit(parameter, wanted);
        }

        return _rest is null ? null : ReadRest(placed, _rest, values);
    }

    /// <summary>Calls the delegate; what it throws comes out as it is.</summary>
    public object? Invoke(object?[] values) => _invoker.Invoke(_delegate, values.AsSpan());

    private string? ReadRest(Value[] placed, BoundParameter rest, object?[] values)
    {
        var items = Array.CreateInstance(rest.ItemType, Math.Max(0, placed.Length - _places.Length));
        for (var i = 0; i < items.Length; i++)
        {
            if (!rest.TryRead(placed[_places.Length + i], out var item, out var wanted))
                return Misfit(rest, wanted);
            items.SetValue(item, i);
        }

        values[Array.IndexOf(_all, rest)] = items;
        return null;
    }

    private int Find(string name)
    {
        var exact = Array.FindIndex(_places, place => _all[place].Name == name);
        return exact >= 0 ? exact : Array.FindIndex(_places, place => _all[place].Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private string Misfit(BoundParameter parameter, string wanted) =>
        $"The argument '{parameter.Name}' of {_function}() must be {wanted}.";

    private static string Count(int count) => count == 1 ? "1 argument" : $"{count} arguments";
}
