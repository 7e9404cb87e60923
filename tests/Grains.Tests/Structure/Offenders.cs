namespace Grains.Tests.Structure;

internal static class Offenders
{
    /// <summary>Fails with one line for each offender.</summary>
    public static void None<T>(IEnumerable<T> offenders) => Assert.Equal("", string.Join('\n', offenders));
}
