using System.Globalization;

namespace Grains.Tests.Linearizability;

/// <summary>A history as text, one operation a line: <c>[invoked, returned] key client call => reply (clock from .. to)</c>.</summary>
public static class HistoryText
{
    public static string Of(IEnumerable<Operation> history) => string.Join('\n', history.OrderBy(o => o.Invoked).Select(Line));

    public static string Line(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var returned = operation.Returned == long.MaxValue ? "…" : operation.Returned.ToString(CultureInfo.InvariantCulture);
        var toUs = operation.ReturnedAtUs == long.MaxValue ? "…" : operation.ReturnedAtUs.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"[{operation.Invoked}, {returned}] {operation.Key} client {operation.Client}: {operation.Call} => {operation.Reply?.ToString() ?? "unknown"} (clock {operation.InvokedAtUs} .. {toUs})");
    }
}
