namespace Grains.Topics;

/// <summary>
/// Finds the subscribers whose patterns match a topic without trying each pattern: literal patterns by name, the others in a trie of words.
/// Patterns that fold case are few and are tried one by one. Thread-safe; a topic keeps what it found until it is told that it is stale.
/// </summary>
public sealed class PatternIndex<TSubscriber>
    where TSubscriber : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<TSubscriber>> _literal = new(StringComparer.Ordinal);
    private readonly List<(TopicMatcher Matcher, TSubscriber Subscriber)> _folding = [];
    private readonly Node _root = new();

    public void Add(TopicMatcher matcher, TSubscriber subscriber)
    {
        ArgumentNullException.ThrowIfNull(matcher);
        lock (_lock)
        {
            if (matcher.Pattern.FoldCase)
                _folding.Add((matcher, subscriber));
            else if (matcher.IsLiteral)
                ListOf(matcher.Pattern.Text).Add(subscriber);
            else
                NodeOf(matcher.Pattern).Subscribers.Add(subscriber);
        }
    }

    public void Remove(TopicMatcher matcher, TSubscriber subscriber)
    {
        ArgumentNullException.ThrowIfNull(matcher);
        lock (_lock)
        {
            if (matcher.Pattern.FoldCase)
                _folding.RemoveAll(entry => ReferenceEquals(entry.Matcher, matcher) && ReferenceEquals(entry.Subscriber, subscriber));
            else if (matcher.IsLiteral)
                RemoveLiteral(matcher.Pattern.Text, subscriber);
            else
                _root.Remove(TopicMatcher.Words(matcher.Pattern), 0, subscriber);
        }
    }

    /// <summary>Whether somebody subscribes to exactly this name.</summary>
    public bool HasLiteral(string topic)
    {
        lock (_lock)
            return _literal.ContainsKey(topic) || _folding.Exists(entry => entry.Matcher.IsLiteral && entry.Matcher.Matches(topic));
    }

    /// <summary>Every subscriber with a matching pattern, once.</summary>
    public HashSet<TSubscriber> Match(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var found = new HashSet<TSubscriber>(ReferenceEqualityComparer.Instance);
        lock (_lock)
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
            if (!node.Children.TryGetValue(word, out var child))
                node.Children.Add(word, child = new Node());
            node = child;
        }

        return node;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public List<TSubscriber> Subscribers { get; } = [];

        /// <returns>True when nothing is left below.</returns>
        public bool Remove(string[] words, int at, TSubscriber subscriber)
        {
            if (at == words.Length)
                Subscribers.Remove(subscriber);
            else if (Children.TryGetValue(words[at], out var child) && child.Remove(words, at + 1, subscriber))
                Children.Remove(words[at]);
            return Subscribers.Count == 0 && Children.Count == 0;
        }
    }

    /// <summary>One walk of the trie for one topic. A place behind a <c>#</c> is visited once, however many ways lead there, so that no
    /// pattern can make the walk longer than words of the trie × words of the topic.</summary>
    private sealed class Search(string[] words, HashSet<TSubscriber> found)
    {
        private HashSet<(Node Node, int At)>? _visited;

        public void From(Node node, int at)
        {
            if (node.Children.TryGetValue("#", out var many))
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
            if (words[at] is not ("*" or "#") && node.Children.TryGetValue(words[at], out var child))
                From(child, at + 1);
            if (node.Children.TryGetValue("*", out var any))
                From(any, at + 1);
        }
    }
}
