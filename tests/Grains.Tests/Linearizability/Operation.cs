using System.Globalization;
using System.Text;

namespace Grains.Tests.Linearizability;

public enum CallKind : byte
{
    Get,
    Put,
    Delete,
    TestAndSet,

    /// <summary>By revision; 0 stands for a missing key.</summary>
    CompareAndSwap,
    Increment,
    Append,
}

/// <summary>What a client asks of a key. Values are JSON text: integers in plain decimal, or strings.</summary>
public sealed record KeyCall(CallKind Kind)
{
    /// <summary>What to put, to set, or to append (a JSON string).</summary>
    public string? Operand { get; init; }

    /// <summary>Of a test-and-set; null is the expected <c>null</c>, which equals a missing key too.</summary>
    public string? Expected { get; init; }

    public long ExpectedRevision { get; init; }

    public long By { get; init; } = 1;

    /// <summary>Time to live in microseconds; null: the written entry never expires, unless <see cref="KeepTtl"/>.</summary>
    public long? TtlUs { get; init; }

    public bool KeepTtl { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder(Kind.ToString());
        text.Append(Kind switch
        {
            CallKind.TestAndSet => $" {Expected ?? "null"} -> {Operand}",
            CallKind.CompareAndSwap => $" @{ExpectedRevision.ToString(CultureInfo.InvariantCulture)} -> {Operand}",
            CallKind.Increment => $" by {By.ToString(CultureInfo.InvariantCulture)}",
            CallKind.Put or CallKind.Append => $" {Operand}",
            _ => "",
        });
        if (TtlUs is { } ttl)
            text.Append(CultureInfo.InvariantCulture, $" ttl {ttl} us");
        return KeepTtl ? text.Append(" keep ttl").ToString() : text.ToString();
    }
}

public enum ReplyKind : byte
{
    Hit,
    Miss,
    Conflict,
    Error,
}

/// <summary>What a client was told.</summary>
public sealed record KeyReply(ReplyKind Kind)
{
    /// <summary>The value that a get found, an increment or append made, or a failed test-and-set found instead; null: not told.</summary>
    public string? Value { get; init; }

    /// <summary>The entry's revision after the operation; null: not told.</summary>
    public long? Revision { get; init; }

    public override string ToString() =>
        $"{Kind}{(Value is null ? "" : " " + Value)}{(Revision is null ? "" : " @" + Revision.Value.ToString(CultureInfo.InvariantCulture))}";
}

/// <summary>
/// One operation of a history. <see cref="Invoked"/> and <see cref="Returned"/> are places in one order of all events; the server's
/// clock at the operation lay between <see cref="InvokedAtUs"/> and <see cref="ReturnedAtUs"/>. Without a reply the outcome is
/// unknown: the operation took effect at some moment after its invocation, or never.
/// </summary>
public sealed record Operation(int Client, string Key, KeyCall Call, long Invoked, long InvokedAtUs)
{
    public long Returned { get; init; } = long.MaxValue;

    public long ReturnedAtUs { get; init; } = long.MaxValue;

    public KeyReply? Reply { get; init; }

    public bool IsUnknown => Reply is null;
}
