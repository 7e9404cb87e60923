using System.Text.Json;

namespace Grains.Functions;

/// <summary>The functions that the protocols' documents call in their examples. Added only when asked for.</summary>
public static class SampleFunctions
{
    // The 93rd number is larger than a 64-bit integer.
    private const int FibonacciMax = 92;

    /// <summary>Adds the samples that the table has no function of the same name for.</summary>
    public static void AddTo(FunctionTable table, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(time);
        Add(table, "fibonacci", "The n-th Fibonacci number.", Fibonacci);
        Add(table, "ml_predict", "The mean of the features, as a model's prediction.",
            (string model, double[] features) => Predict(model, features, time));
        Add(table, "process_data", "The data, and how many items it has.", ProcessData);
        Add(table, "analyze", "Count, sum, mean, least and greatest of the numbers in the data.", Analyze);
        Add(table, "summarize", "An analysis in one sentence.", Summarize);
        Add(table, "hello_world", "\"hello_world\".", () => "hello_world");
        Add(table, "summ", "a + b + z.", (double a, double b, double z = 0.5) => a + b + z);
    }

    private static void Add(FunctionTable table, string name, string description, Delegate function)
    {
        if (!table.Contains(name))
            table.Add(new FunctionOffer(name) { Description = description }, function, inline: true);
    }

    private static long Fibonacci(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, FibonacciMax);
        var (a, b) = (0L, 1L);
        for (var i = 0; i < n; i++)
            (a, b) = (b, unchecked(a + b));
        return a;
    }

    private static Dictionary<string, object> Predict(string model, double[] features, TimeProvider time) => new()
    {
        ["model"] = model,
        ["prediction"] = features.Length == 0 ? 0.0 : features.Average(),
        ["confidence"] = 0.95,
        ["timestamp"] = Clock.ToSeconds(time.NowUs()),
    };

    private static Dictionary<string, object> ProcessData(JsonElement data) => new()
    {
        ["data"] = data,
        ["count"] = data.ValueKind switch
        {
            JsonValueKind.Array => data.GetArrayLength(),
            JsonValueKind.Object => data.EnumerateObject().Count(),
            _ => 1,
        },
    };

    private static Dictionary<string, object> Analyze(JsonElement data)
    {
        var numbers = new List<double>();
        Collect(data.ValueKind == JsonValueKind.Object && data.TryGetProperty("data", out var inner) ? inner : data, numbers);
        return new()
        {
            ["count"] = numbers.Count,
            ["sum"] = numbers.Sum(),
            ["mean"] = numbers.Count == 0 ? 0 : numbers.Average(),
            ["min"] = numbers.Count == 0 ? 0 : numbers.Min(),
            ["max"] = numbers.Count == 0 ? 0 : numbers.Max(),
        };
    }

    // Recursion is bounded by the depth that arguments may have.
    private static void Collect(JsonElement element, List<double> numbers)
    {
        if (element.ValueKind == JsonValueKind.Number)
        {
            numbers.Add(element.GetDouble());
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Collect(item, numbers);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
                Collect(member.Value, numbers);
        }
    }

    private static Dictionary<string, object> Summarize(JsonElement analysis) => new()
    {
        ["summary"] = analysis.ValueKind == JsonValueKind.Object
            ? string.Join(", ", analysis.EnumerateObject().Select(static member => $"{member.Name}: {member.Value.GetRawText()}"))
            : analysis.GetRawText(),
    };
}
