namespace Grains.Tests.Structure;

internal static class Offenders
{
    /// <summary>Fails with one line for each offender.</summary>
    public static void None<T>(IEnumerable<T> offenders)
    {
        var lines = string.Join("\n", offenders);
        Assert.True(lines.Length == 0, "\n" + lines);
    }
}
