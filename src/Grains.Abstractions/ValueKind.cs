namespace Grains;

/// <summary>What the bytes of a <see cref="Value"/> are.</summary>
public enum ValueKind : byte
{
    /// <summary>No value at all: the default of <see cref="Value"/>, which is not the JSON <c>null</c>.</summary>
    None = 0,

    /// <summary>One JSON document, UTF-8, exactly as it came.</summary>
    Json = 1,

    /// <summary>Text, UTF-8.</summary>
    Text = 2,

    /// <summary>Bytes without meaning to the server.</summary>
    Bytes = 3,
}
