using System.Text.Json.Serialization;

namespace Grains;

/// <summary>Stands for the result of a command, or a part of it, among the arguments of another: <c>{"$ref":"name.field.0"}</c>.</summary>
public sealed class GraphReference
{
    internal GraphReference(string path) => Path = path;

    [JsonPropertyName("$ref")]
    public string Path { get; }

    /// <summary>A field of the result; numbers are indexes of arrays. Dots go deeper.</summary>
    public GraphReference At(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new GraphReference($"{Path}.{path}");
    }
}
