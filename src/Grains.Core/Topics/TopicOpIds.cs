namespace Grains.Topics;

/// <summary>
/// The answers to the writes of one topic that carried an op_id, so that a retry gets the first answer and has no second effect. Part of
/// the topic's own state: it outlives a delete. When it is full new ids are refused; none is forgotten before its time.
/// What all topics remember is counted in one budget.
/// </summary>
internal sealed class TopicOpIds(Budget budget)
{
    // The entries of the two tables, the id's and the answer's objects.
    private const int OverheadBytes = 256;

    private readonly Dictionary<string, object> _answers = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long LapsesAtUs)> _inOrder = new();

    public int Count => _answers.Count;

    public object? Find(string id) => _answers.GetValueOrDefault(id);

    public void Add(string id, object answer, long lapsesAtUs)
    {
        _answers.Add(id, answer);
        _inOrder.Enqueue((id, lapsesAtUs));
        budget.Take(CostOf(id, answer));
    }

    /// <summary>Whether the budget has room for one more.</summary>
    public bool HasRoomFor(string id) => budget.HasRoomFor(CostOf(id, null));

    public void Forget(long nowUs)
    {
        while (_inOrder.TryPeek(out var oldest) && oldest.LapsesAtUs <= nowUs)
        {
            _inOrder.Dequeue();
            _answers.Remove(oldest.Id, out var answer);
            budget.GiveBack(CostOf(oldest.Id, answer));
        }
    }

    /// <summary>What an id and its answer take, in bytes. A topic's name and the retention are the topic's own.</summary>
    private static long CostOf(string id, object? answer) => OverheadBytes + (2 * id.Length) + answer switch
    {
        PublishReply reply => 2 * (reply.MessageId?.Length ?? 0),
        TopicReply { Topics: { IsDefaultOrEmpty: false } topics } => topics.Sum(topic => OverheadBytes + (16 * topic.EndedEpochs.Length)),
        _ => 0,
    };
}
