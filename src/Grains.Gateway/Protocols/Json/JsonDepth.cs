namespace Grains.Gateway.Protocols.Json;

/// <summary>Tells "too deep" from "not JSON" after the reader has refused a message: it says only that it has.</summary>
internal static class JsonDepth
{
    /// <summary>Whether the brackets outside strings nest deeper than <paramref name="depthMax"/>.</summary>
    public static bool Exceeds(ReadOnlySpan<byte> json, int depthMax)
    {
        var depth = 0;
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            switch (json[i])
            {
                case (byte)'\\' when inString:
                    i++;
                    break;
                case (byte)'"':
                    inString = !inString;
                    break;
                case (byte)'{' or (byte)'[' when !inString:
                    if (++depth > depthMax)
                        return true;
                    break;
                case (byte)'}' or (byte)']' when !inString:
                    depth--;
                    break;
            }
        }

        return false;
    }
}
