namespace Grains.Tests.Functions;

/// <summary>So that a test that waits for what never comes fails rather than hangs.</summary>
public static class Guard
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task<T> OrFail<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task<T> OrFail<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);
}
