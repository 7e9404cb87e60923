namespace Grains.Tests.Faults;

/// <summary>How much a test does: a little each time, everything when <c>GRAINS_LONG=1</c> is in the environment.</summary>
internal static class Scale
{
    public static bool IsLong => Environment.GetEnvironmentVariable("GRAINS_LONG") == "1";

    public static int Of(int usual, int everything) => IsLong ? everything : usual;
}
