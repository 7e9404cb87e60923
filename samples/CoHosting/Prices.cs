namespace CoHosting;

internal static class Prices
{
    public static decimal Of(string article) => article.Length * 1.5m;

    /// <summary>An answer that is worth keeping.</summary>
    public static async Task<decimal> SlowlyAsync(string article, CancellationToken cancelled)
    {
        await Task.Delay(200, cancelled);
        return Of(article);
    }
}

internal sealed record Order(string Article, int Count);
