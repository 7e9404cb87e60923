namespace Grains.Functions;

/// <summary>The commands of a graph by the names that strings can refer to: those without a dot.</summary>
internal sealed class CommandNames
{
    private readonly Dictionary<string, int> _indexes;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private char[] _buffer = [];

    public CommandNames(int capacity)
    {
        _indexes = new Dictionary<string, int>(capacity, StringComparer.Ordinal);
        _lookup = _indexes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public void Add(string name, int index)
    {
        if (name.Contains('.', StringComparison.Ordinal))
            return;
        _indexes[name] = index;
        if (name.Length > _buffer.Length)
            _buffer = new char[name.Length];
    }

    /// <summary>Finds the command that a JSON string refers to: the part before its first dot, or all of it.</summary>
    /// <param name="raw">The bytes between the quotes.</param>
    /// <param name="index">The command.</param>
    /// <param name="path">What follows the first dot, or null when there is none.</param>
    public bool TryFind(ReadOnlySpan<byte> raw, out int index, out string? path)
    {
        index = -1;
        path = null;
        var chars = JsonText.Decode(raw, _buffer, '.', out var consumed, out var stopped);
        if (chars < 0 || !_lookup.TryGetValue(_buffer.AsSpan(0, chars), out index))
            return false;
        if (stopped)
            path = JsonText.ToText(raw[consumed..]);
        return true;
    }
}
