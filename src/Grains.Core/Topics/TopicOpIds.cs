namespace Grains.Topics;

/// <summary>
/// The answers to the writes of one topic that carried an op_id, so that a retry gets the first answer and has no second effect. Part of
/// the topic's own state: it outlives a delete. When it is full new ids are refused; none is forgotten before its time.
/// </summary>
internal sealed class TopicOpIds
{
    private readonly Dictionary<string, object> _answers = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, long LapsesAtUs)> _inOrder = new();

    public int Count => _answers.Count;

    public IEnumerable<(string Id, object Answer, long LapsesAtUs)> All => _inOrder.Select(id => (id.Id, _answers[id.Id], id.LapsesAtUs));

    public object? Find(string id) => _answers.GetValueOrDefault(id);

    public void Add(string id, object answer, long lapsesAtUs)
    {
        _answers.Add(id, answer);
        _inOrder.Enqueue((id, lapsesAtUs));
    }

    public void Forget(long nowUs)
    {
        while (_inOrder.TryPeek(out var oldest) && oldest.LapsesAtUs <= nowUs)
            _answers.Remove(_inOrder.Dequeue().Id);
    }
}
