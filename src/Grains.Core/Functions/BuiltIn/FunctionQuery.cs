using System.Text.Json.Serialization;
using System.Text.Json;
using Grains.Functions.Binding;

namespace Grains.Functions;

/// <summary>The one optional argument of <c>rpc_list</c> and <c>rpc_describe</c>.</summary>
internal sealed record FunctionQuery
{
    private const int LimitMax = 1000;
    private const int PatternCharsMax = 1024;

    /// <summary>A glob over function names.</summary>
    [JsonPropertyName("pattern")]
    public string? Pattern { get; init; }

    /// <summary>One function's name, in place of the pattern.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("limit")]
    public int? Limit { get; init; }

    /// <summary>The <c>next_page_token</c> of the piece before.</summary>
    [JsonPropertyName("page_token")]
    public string? PageToken { get; init; }

    [JsonIgnore]
    public int Count => Math.Clamp(Limit ?? 100, 1, LimitMax);

    /// <summary>Reads the first positional argument, or the keywords when there is none.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(FunctionCall call, out FunctionQuery query)
    {
        query = new FunctionQuery();
        if (CallArguments.TryCut(call.Arguments, call.Keywords, out var cut) is { } wrong)
            return wrong;
        if (cut.Positional.Count > 1)
            return $"{call.Function}() takes one object.";
        var json = cut.Positional.Count == 1 ? cut.Positional[0] : call.Keywords;
        if (json.IsNone)
            return null;
        try
        {
            query = JsonSerializer.Deserialize<FunctionQuery>(json.Bytes.Span) ?? query;
            return query.Pattern?.Length > PatternCharsMax ? $"A pattern has at most {PatternCharsMax} characters." : null;
        }
        catch (JsonException e)
        {
            return $"The argument of {call.Function}() does not fit: {e.Message}";
        }
    }
}
