using System.Buffers;
using System.Reflection;
using System.Text.Json;

namespace Grains.Functions.Binding;

/// <summary>Turns what a delegate returns into the answer of its call: tasks are awaited, streams reported or collected, everything
/// else written as JSON. Made once for each delegate, for its return type.</summary>
internal abstract class ResultReader
{
    /// <param name="returned">What the delegate returned.</param>
    /// <param name="context">The call.</param>
    /// <param name="streams">Report the items of a stream; otherwise they become one array.</param>
    /// <param name="bytesMax">The longest result.</param>
    public abstract ValueTask<CallReply> ReadAsync(object? returned, ICallContext context, bool streams, int bytesMax);

    public static ResultReader For(Type type)
    {
        if (type == typeof(void))
            return new PlainReader<object?>();
        if (type == typeof(Task))
            return new AwaitReader<object?>(
                static async returned => await AwaitAsync((Task)returned).ConfigureAwait(false), new PlainReader<object?>());
        if (type == typeof(ValueTask))
            return new AwaitReader<object?>(
                static async returned => await AwaitAsync(((ValueTask)returned).AsTask()).ConfigureAwait(false), new PlainReader<object?>());
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            return Make(nameof(ForTask), type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return Make(nameof(ForValueTask), type.GetGenericArguments()[0]);
        return ItemOfStream(type) is { } item ? Make(nameof(ForStream), item) : Make(nameof(ForPlain), type);
    }

    /// <summary>Writes a result, or refuses it when it cannot be written or is too large.</summary>
    internal static CallReply Write<T>(T result, int bytesMax)
    {
        if (result is CallReply reply)
            return reply.Result.Bytes.Length <= bytesMax ? reply : BindingErrors.TooLarge(bytesMax);
        try
        {
            var value = ToValue(result);
            return value.Bytes.Length <= bytesMax ? CallReply.Ok(value) : BindingErrors.TooLarge(bytesMax);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return BindingErrors.Failed($"The result cannot be written as JSON: {e.Message}");
        }
    }

    internal static Value ToValue<T>(T item) => item switch
    {
        Value value => value.IsNone ? Value.Null : value,
        null => Value.Null,
        _ => Value.From(item),
    };

    /// <summary>The JSON form of a result, whatever its kind: text as a string, bytes as base64, none as null.</summary>
    private static Value JsonOf(Value result) => result.Kind switch
    {
        ValueKind.Json => result,
        ValueKind.Text => Value.From(System.Text.Encoding.UTF8.GetString(result.Bytes.Span)),
        ValueKind.Bytes => Value.From(Convert.ToBase64String(result.Bytes.Span)),
        _ => Value.Null,
    };

    private static Type? ItemOfStream(Type type) =>
        type.GetInterfaces().Append(type)
            .FirstOrDefault(static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
            ?.GetGenericArguments()[0];

    private static ResultReader Make(string maker, Type item) =>
        (ResultReader)typeof(ResultReader).GetMethod(maker, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(item).Invoke(null, null)!;

    private static PlainReader<T> ForPlain<T>() => new();

    private static StreamReader<T> ForStream<T>() => new();

    private static AwaitReader<T> ForTask<T>() => new(static returned => new ValueTask<T>((Task<T>)returned), For(typeof(T)));

    private static AwaitReader<T> ForValueTask<T>() => new(static returned => (ValueTask<T>)returned, For(typeof(T)));

    private static async ValueTask<object?> AwaitAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return null;
    }

    private sealed class PlainReader<T> : ResultReader
    {
        public override ValueTask<CallReply> ReadAsync(object? returned, ICallContext context, bool streams, int bytesMax) =>
            new(Write((T?)returned, bytesMax));
    }

    private sealed class AwaitReader<T>(Func<object, ValueTask<T>> asTask, ResultReader inner) : ResultReader
    {
        public override async ValueTask<CallReply> ReadAsync(object? returned, ICallContext context, bool streams, int bytesMax)
        {
            if (returned is null)
                return BindingErrors.Failed("The function returned no task.");
            return await inner.ReadAsync(await asTask(returned), context, streams, bytesMax);
        }
    }

    private sealed class StreamReader<T> : ResultReader
    {
        public override async ValueTask<CallReply> ReadAsync(object? returned, ICallContext context, bool streams, int bytesMax)
        {
            if (returned is null)
                return BindingErrors.Failed("The function returned no stream.");
            var items = new ArrayBufferWriter<byte>();
            items.Write("["u8);
            await foreach (var item in ((IAsyncEnumerable<T>)returned).WithCancellation(context.Cancelled).ConfigureAwait(false))
            {
                var written = Write(item, bytesMax);
                if (written.Error != ErrorCode.None)
                    return written;
                if (streams)
                {
                    await context.ReportAsync(written.Result).ConfigureAwait(false);
                    continue;
                }

                if (items.WrittenCount > 1)
                    items.Write(","u8);
                items.Write(JsonOf(written.Result).Bytes.Span);
                if (items.WrittenCount >= bytesMax)
                    return BindingErrors.TooLarge(bytesMax);
            }

            items.Write("]"u8);
            return CallReply.Ok(streams ? Value.None : Value.Json(items.WrittenMemory));
        }
    }
}
