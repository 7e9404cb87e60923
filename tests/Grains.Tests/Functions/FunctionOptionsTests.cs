using Grains.Functions;

namespace Grains.Tests.Functions;

public sealed class FunctionOptionsTests
{
    [Fact]
    public void The_defaults_are_in_order() => Assert.Empty(new FunctionOptions().Validate());

    [Fact]
    public void Every_setting_out_of_range_is_named()
    {
        var errors = new FunctionOptions
        {
            DefaultTimeout = TimeSpan.Zero,
            TimeoutMax = TimeSpan.FromDays(25),
            GraphCommandsMax = 0,
            CallsWaitingMax = -1,
            ConcurrencyMax = 0,
            OffersPerConnectionMax = -1,
            NameCharsMax = 0,
            ResultBytesMax = 1,
            CachedResultsMax = -1,
            CachedBytesMax = -1,
        }.Validate();
        Assert.Equal(10, errors.Count);
        Assert.All(errors, error => Assert.StartsWith("Grains:Functions:", error, StringComparison.Ordinal));
    }
}
