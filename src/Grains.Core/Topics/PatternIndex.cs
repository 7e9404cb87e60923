namespace Grains.Topics;

/// <summary>
/// Finds the subscribers whose patterns match a topic without trying each pattern: literal patterns by name, the others in a trie of words.
/// Patterns that fold case are few and are tried one by one. Thread-safe; look-ups run beside each other, and a topic keeps what it found until it
/// is told that it is stale. What a look-up can cost is bounded by <see cref="TopicNameOptions"/>.
/// </summary>
#pragma warning disable CA1001 // The lock lives as long as the index, and the index as long as its engine.
public sealed class PatternIndex<TSubscriber>
#pragma warning restore CA1001
    where TSubscriber : class
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly Dictionary<string, List<TSubscriber>> _literal = new(StringComparer.Ordinal);
    private readonly List<(TopicMatcher Matcher, TSubscriber Subscriber)> _folding = [];
    private readonly Node _root = new();

    public void Add(TopicMatcher matcher, TSubscriber subscriber)
    {
        ArgumentNullException.ThrowIfNull(matcher);
        _lock.EnterWriteLock();
        try
        {
            if (matcher.Pattern.FoldCase)
                _folding.Add((matcher, subscriber));
            else if (matcher.IsLiteral)
                ListOf(matcher.Pattern.Text).Add(subscriber);
            else
                NodeOf(matcher.Pattern).Add(subscriber);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void Remove(TopicMatcher matcher, TSubscriber subscriber)
    {
        ArgumentNullException.ThrowIfNull(matcher);
        _lock.EnterWriteLock();
        try
        {
            if (matcher.Pattern.FoldCase)
                _folding.RemoveAll(entry => ReferenceEquals(entry.Matcher, matcher) && ReferenceEquals(entry.Subscriber, subscriber));
            else if (matcher.IsLiteral)
                RemoveLiteral(matcher.Pattern.Text, subscriber);
            else
                _root.Remove(TopicMatcher.Words(matcher.Pattern), 0, subscriber);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether somebody subscribes to exactly this name.</summary>
    public bool HasLiteral(string topic)
    {
        _lock.EnterReadLock();
        try
        {
            return _literal.ContainsKey(topic) || _folding.Exists(entry => entry.Matcher.IsLiteral && entry.Matcher.Matches(topic));
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Every subscriber with a matching pattern, once.</summary>
    public HashSet<TSubscriber> Match(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var found = new HashSet<TSubscriber>(ReferenceEqualityComparer.Instance);
        _lock.EnterReadLock();
        try
        {
            if (_literal.TryGetValue(topic, out var literal))
                found.UnionWith(literal);
            foreach (var (matcher, subscriber) in _folding)
            {
                if (matcher.Matches(topic))
                    found.Add(subscriber);
            }

            new Search(topic.Split('.'), found).From(_root, 0);
        }
        finally
        {
            _lock.ExitReadLock();
        }

        return found;
    }

    private List<TSubscriber> ListOf(string topic)
    {
        if (!_literal.TryGetValue(topic, out var list))
            _literal.Add(topic, list = []);
        return list;
    }

    private void RemoveLiteral(string topic, TSubscriber subscriber)
    {
        if (_literal.TryGetValue(topic, out var list) && list.Remove(subscriber) && list.Count == 0)
            _literal.Remove(topic);
    }

    private Node NodeOf(TopicPattern pattern)
    {
        var node = _root;
        foreach (var word in TopicMatcher.Words(pattern))
        {
            node = node.ChildOrAdd(word);
        }

        return node;
    }

    /// <summary>A word of the trie. Most have one child or none and no subscriber, so both lists are made when they are needed.</summary>
    private sealed class Node
    {
        private Dictionary<string, Node>? _children;
        private List<TSubscriber>? _subscribers;

        public IReadOnlyList<TSubscriber> Subscribers => _subscribers ?? (IReadOnlyList<TSubscriber>)[];

        public void Add(TSubscriber subscriber) => (_subscribers ??= new List<TSubscriber>(1)).Add(subscriber);

        public Node? Child(string word) => _children?.GetValueOrDefault(word);

        public Node ChildOrAdd(string word)
        {
            _children ??= new Dictionary<string, Node>(1, StringComparer.Ordinal);
            if (!_children.TryGetValue(word, out var child))
                _children.Add(word, child = new Node());
            return child;
        }

        /// <returns>True when nothing is left below.</returns>
        public bool Remove(string[] words, int at, TSubscriber subscriber)
        {
            if (at == words.Length)
                _subscribers?.Remove(subscriber);
            else if (Child(words[at]) is { } child && child.Remove(words, at + 1, subscriber))
                _children!.Remove(words[at]);
            return _subscribers is not { Count: > 0 } && _children is not { Count: > 0 };
        }
    }

    /// <summary>One walk of the trie for one topic. A place behind a <c>#</c> is visited once, however many ways lead there, so that no
    /// pattern can make the walk longer than words of the trie × words of the topic.</summary>
    private sealed class Search(string[] words, HashSet<TSubscriber> found)
    {
        private HashSet<(Node Node, int At)>? _visited;

        public void From(Node node, int at)
        {
            if (node.Child("#") is { } many)
            {
                _visited ??= [];
                for (var rest = at; rest <= words.Length; rest++)
                {
                    if (_visited.Add((many, rest)))
                        From(many, rest);
                }
            }

            if (at == words.Length)
            {
                found.UnionWith(node.Subscribers);
                return;
            }

            // A topic word "*" or "#" is only a name: the children of that name are wildcards.
            if (words[at] is not ("*" or "#") && node.Child(words[at]) is { } child)
                From(child, at + 1);
            if (node.Child("*") is { } any)
                From(any, at + 1);
        }
    }
}
