namespace Grains.Client.Transports;

/// <summary>Where a server listens: <c>ws://host:port/</c>, <c>wss://…</c>, <c>tcp://host:port</c>, <c>tcps://…</c>.</summary>
internal sealed record Endpoint(Uri Uri)
{
    public bool IsTcp => Uri.Scheme is "tcp" or "tcps";

    public bool IsEncrypted => Uri.Scheme is "wss" or "tcps";

    public string Host => Uri.IdnHost;

    /// <exception cref="ArgumentException">The text is no such address.</exception>
    public static Endpoint Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("ws" or "wss" or "tcp" or "tcps"))
            throw new ArgumentException($"The endpoint '{text}' is not of the form ws://, wss://, tcp:// or tcps://host:port.", nameof(text));
        if (uri.Scheme is "tcp" or "tcps" && uri.Port <= 0)
            throw new ArgumentException($"The endpoint '{text}' needs a port.", nameof(text));
        return new Endpoint(uri);
    }

    public override string ToString() => Uri.ToString();
}
