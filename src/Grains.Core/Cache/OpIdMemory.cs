namespace Grains.Cache;

/// <summary>
/// The answers to the writes of one key that carried an op_id, so that a retry gets the first answer and has no second effect. Part of the
/// key's own state: it outlives the value. When it is full new ids are refused and old ones never forgotten before their time.
/// </summary>
public sealed class OpIdMemory
{
    /// <summary>Characters of an op_id at most.</summary>
    public const int CharsMax = 255;

    private const int OverheadBytes = 480;

    private readonly Dictionary<string, Remembered> _byId = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long LapsesAtUs)> _inOrder = new();

    public int Count => _byId.Count;

    /// <summary>What the ids and their answers take, in bytes.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>When the oldest lapses; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextLapseUs => _inOrder.TryPeek(out var oldest) ? oldest.LapsesAtUs : long.MaxValue;

    /// <summary>The first answer to an id, and the operation that it was the answer of.</summary>
    public bool TryGet(string id, out string operation, out CacheReply reply)
    {
        var found = _byId.TryGetValue(id, out var remembered);
        operation = remembered?.Operation ?? "";
        reply = found ? remembered!.Reply : default;
        return found;
    }

    public void Add(string id, string operation, in CacheReply reply, long lapsesAtUs)
    {
        _byId.Add(id, new Remembered(operation, reply));
        _inOrder.Enqueue((id, lapsesAtUs));
        MemoryBytes += CostOf(id, operation, reply);
    }

    /// <summary>Forgets what has lapsed.</summary>
    public void Forget(long nowUs)
    {
        while (_inOrder.TryPeek(out var oldest) && oldest.LapsesAtUs <= nowUs)
        {
            _inOrder.Dequeue();
            _byId.Remove(oldest.Id, out var remembered);
            MemoryBytes -= CostOf(oldest.Id, remembered!.Operation, remembered.Reply);
        }
    }

    /// <summary>What one id, its operation and its answer take, in bytes.</summary>
    public static long CostOf(string id, string operation, in CacheReply reply) =>
        OverheadBytes + (2 * id.Length) + (2 * operation.Length) + reply.Value.Bytes.Length + reply.OldValue.Bytes.Length + reply.Result.Bytes.Length;

    private sealed record Remembered(string Operation, CacheReply Reply);
}
