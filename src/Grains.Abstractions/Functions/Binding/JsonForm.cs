using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Grains.Functions.Binding;

/// <summary>Names the JSON that a parameter takes, in words that callers of every language know.</summary>
internal static class JsonForm
{
    private static readonly Dictionary<Type, string> Plain = new()
    {
        [typeof(bool)] = "true or false",
        [typeof(sbyte)] = Whole(sbyte.MinValue, sbyte.MaxValue),
        [typeof(byte)] = Whole(byte.MinValue, byte.MaxValue),
        [typeof(short)] = Whole(short.MinValue, short.MaxValue),
        [typeof(ushort)] = Whole(ushort.MinValue, ushort.MaxValue),
        [typeof(int)] = Whole(int.MinValue, int.MaxValue),
        [typeof(uint)] = Whole(uint.MinValue, uint.MaxValue),
        [typeof(long)] = Whole(long.MinValue, long.MaxValue),
        [typeof(ulong)] = Whole(ulong.MinValue, ulong.MaxValue),
        [typeof(Int128)] = "a number",
        [typeof(UInt128)] = "a number",
        [typeof(Half)] = "a number",
        [typeof(float)] = "a number",
        [typeof(double)] = "a number",
        [typeof(decimal)] = "a number",
        [typeof(JsonArray)] = "an array",
        [typeof(JsonObject)] = "an object",
    };

    /// <returns>Such as <c>a string</c> or <c>a number or null</c>.</returns>
    public static string Of(JsonTypeInfo json)
    {
        if (Nullable.GetUnderlyingType(json.Type) is { } underlying)
            return Of(json.Options.GetTypeInfo(underlying)) + " or null";
        if (Plain.TryGetValue(json.Type, out var form))
            return form;
        return json.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "an array",
            JsonTypeInfoKind.Dictionary => "an object",
            JsonTypeInfoKind.Object => "an object" + Required(json),
            _ => json.Type.IsEnum && !json.Type.IsDefined(typeof(JsonConverterAttribute), inherit: false) ? "a number" : "a string",
        };
    }

    private static string Required(JsonTypeInfo json)
    {
        var names = json.Properties.Where(static property => property.IsRequired).Select(static property => $"'{property.Name}'").ToArray();
        return names.Length == 0 ? "" : " with " + string.Join(", ", names);
    }

    private static string Whole(IFormattable min, IFormattable max) => string.Create(
        CultureInfo.InvariantCulture, $"a number (whole, from {min} to {max})");
}
