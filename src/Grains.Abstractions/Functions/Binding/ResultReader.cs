using System.Reflection;

namespace Grains.Functions.Binding;

/// <summary>Makes the JSON result of what a function returned: a value, a task of one, nothing, or an asynchronous stream of items.</summary>
internal abstract class ResultReader
{
    /// <summary>The result; the items of a stream are reported or gathered, as the caller wants.</summary>
    public abstract ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream);

    /// <summary>The reader of a return type, made once when the function is offered.</summary>
    public static ResultReader Of(Type type)
    {
        if (type == typeof(void))
            return new NothingReader();
        if (type == typeof(Task) || type == typeof(ValueTask))
            return new EmptyTaskReader();
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(Task<>) || definition == typeof(ValueTask<>))
        {
            var result = type.GetGenericArguments()[0];
            return Make(definition == typeof(Task<>) ? typeof(TaskReader<>) : typeof(ValueTaskReader<>), result, Of(result));
        }

        return StreamItemOf(type) is { } item ? Make(typeof(StreamReader<>), item) : Make(typeof(PlainReader<>), type);
    }

    private static Type? StreamItemOf(Type type) => new[] { type }.Concat(type.GetInterfaces())
        .FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))?.GetGenericArguments()[0];

    private static ResultReader Make(Type open, Type argument, params object[] constructor) =>
        (ResultReader)Activator.CreateInstance(open.MakeGenericType(argument), BindingFlags.Instance | BindingFlags.Public, null, constructor, null)!;

    private sealed class NothingReader : ResultReader
    {
        public override ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream) => new(Value.Null);
    }

    private sealed class PlainReader<T> : ResultReader
    {
        public override ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream) => new(JsonOf((T?)returned));
    }

    private sealed class EmptyTaskReader : ResultReader
    {
        public override async ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream)
        {
            await (returned as Task ?? ((ValueTask)returned!).AsTask()).ConfigureAwait(false);
            return Value.Null;
        }
    }

    private sealed class TaskReader<T>(ResultReader inner) : ResultReader
    {
        public override async ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream) =>
            await inner.ReadAsync(await ((Task<T>)returned!).ConfigureAwait(false), context, stream).ConfigureAwait(false);
    }

    private sealed class ValueTaskReader<T>(ResultReader inner) : ResultReader
    {
        public override async ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream) =>
            await inner.ReadAsync(await ((ValueTask<T>)returned!).ConfigureAwait(false), context, stream).ConfigureAwait(false);
    }

    private sealed class StreamReader<T> : ResultReader
    {
        /// <summary>Bytes of a stream that is gathered into one array: it has to fit a message.</summary>
        private const int GatheredBytesMax = 16 * 1024 * 1024;

        public override async ValueTask<Value> ReadAsync(object? returned, ICallContext context, bool stream)
        {
            var gathered = stream ? null : new List<Value>();
            var gatheredBytes = 0L;
            await foreach (var item in ((IAsyncEnumerable<T>)returned!).WithCancellation(context.Cancelled).ConfigureAwait(false))
            {
                var value = JsonOf(item);
                if (gathered is null)
                {
                    await context.ReportAsync(value).ConfigureAwait(false);
                    continue;
                }

                gathered.Add(value);
                gatheredBytes += value.Bytes.Length;
                if (gatheredBytes > GatheredBytesMax)
                    throw new GrainsException(ErrorCode.ValueTooLarge, "The streamed result is too long for one answer; ask for a stream.");
            }

            return gathered is null ? Value.Null : Value.From(gathered, CallGraphBuilder.ArgumentOptions);
        }
    }

    /// <summary>Results are JSON: text and bytes become strings, base64 for bytes.</summary>
    private static Value JsonOf<T>(T value) => value is Value { Kind: ValueKind.Json } json ? json : Value.From(value, CallGraphBuilder.ArgumentOptions);
}
