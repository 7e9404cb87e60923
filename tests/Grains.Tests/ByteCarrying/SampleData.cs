using System.Collections.Immutable;

namespace Grains.Tests.ByteCarrying;

/// <summary>Makes objects whose every member has a value of its own that is not the default.</summary>
internal sealed class SampleData
{
    private int _last;

    public object Of(Type type)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        var seed = ++_last;
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().Where(v => Convert.ToInt64(v, null) != 0).ElementAt(0);
        if (type == typeof(bool))
            return true;
        if (type == typeof(int))
            return seed;
        if (type == typeof(long))
            return seed + (1L << 40);
        if (type == typeof(double))
            return seed + 0.1;
        if (type == typeof(TimeSpan))
            return TimeSpan.FromTicks(seed);
        if (type == typeof(string))
            return $"text {seed} …";
        return type == typeof(ReadOnlyMemory<byte>) ? new ReadOnlyMemory<byte>([(byte)seed, 0, 255]) : Compound(type);
    }

    private object Compound(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Of(underlying);
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var definition && definition != typeof(KeyValuePair<,>))
            return Container(definition, type.GetGenericArguments());
        var plan = MemberPlan.Of(type);
        return plan.Make([.. plan.Members.Select(m => Of(m.PropertyType))]);
    }

    private object Container(Type definition, Type[] arguments)
    {
        if (definition == typeof(ImmutableArray<>))
            return Invoke(nameof(ArrayOf), arguments);
        if (definition == typeof(ReadOnlyMemory<>))
            return Invoke(nameof(MemoryOf), arguments);
        return definition == typeof(ImmutableDictionary<,>)
            ? Invoke(nameof(DictionaryOf), arguments)
            : throw new NotSupportedException($"No sample of {definition}.");
    }

    private object Invoke(string method, Type[] arguments) =>
        GetType().GetMethod(method)!.MakeGenericMethod(arguments).Invoke(this, null)!;

    public ImmutableArray<T> ArrayOf<T>() => [(T)Of(typeof(T)), (T)Of(typeof(T))];

    public ReadOnlyMemory<T> MemoryOf<T>() => new[] { (T)Of(typeof(T)), (T)Of(typeof(T)) };

    public ImmutableDictionary<TKey, TValue> DictionaryOf<TKey, TValue>()
        where TKey : notnull =>
        ImmutableDictionary<TKey, TValue>.Empty.Add((TKey)Of(typeof(TKey)), (TValue)Of(typeof(TValue))).Add((TKey)Of(typeof(TKey)), (TValue)Of(typeof(TValue)));
}
