namespace Grains.Functions;

/// <summary>Makes call ids that no other call of any node has: the process's random part and a counter.</summary>
public static class CallIds
{
    private static readonly string Prefix = $"c-{Guid.NewGuid().ToString("N")[..8]}-";
    private static long _last;

    public static string Next() => $"{Prefix}{Interlocked.Increment(ref _last)}";
}
