using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>Keys on a clock that is known exactly: what the generated histories are made with. Written apart from
/// <see cref="KeyModel"/>, which is judged against it.</summary>
internal sealed class SimulatedKeys(Random random)
{
    private readonly Dictionary<string, Entry> _entries = [];
    private long _lastRevision = 1_000;

    public (string? Value, long Revision) Read(string key, long nowUs) =>
        _entries.TryGetValue(key, out var entry) && nowUs < entry.ExpiresAtUs ? (entry.Value, entry.Revision) : (null, 0);

    public KeyReply Run(string key, KeyCall call, long nowUs)
    {
        var (value, revision) = Read(key, nowUs);
        switch (call.Kind)
        {
            case CallKind.Get:
                return value is null ? new(ReplyKind.Miss) : new(ReplyKind.Hit) { Value = value, Revision = revision };
            case CallKind.Delete:
                _entries.Remove(key);
                return new(value is null ? ReplyKind.Miss : ReplyKind.Hit);
            case CallKind.TestAndSet when (call.Expected ?? "null") != (value ?? "null"):
                return new(ReplyKind.Conflict) { Value = value };
            case CallKind.CompareAndSwap when call.ExpectedRevision != revision:
                return new(ReplyKind.Conflict);
            case CallKind.Increment:
                return Write(key, call, (long.Parse(value ?? "0", CultureInfo.InvariantCulture) + call.By).ToString(CultureInfo.InvariantCulture), nowUs);
            case CallKind.Append:
                return Write(key, call, value is null ? call.Operand! : $"{value[..^1]}{call.Operand![1..]}", nowUs);
            default:
                return Write(key, call, call.Operand!, nowUs);
        }
    }

    private KeyReply Write(string key, KeyCall call, string value, long nowUs)
    {
        var kept = call.KeepTtl && Read(key, nowUs).Value is not null ? _entries[key].ExpiresAtUs : long.MaxValue;
        _lastRevision += random.Next(1, 4);
        _entries[key] = new Entry(value, _lastRevision, call.TtlUs is { } ttl ? nowUs + ttl : kept);
        return new(ReplyKind.Hit) { Value = value, Revision = _lastRevision };
    }

    private sealed record Entry(string Value, long Revision, long ExpiresAtUs);
}
