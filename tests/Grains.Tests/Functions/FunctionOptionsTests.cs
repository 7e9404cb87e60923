using Grains.Functions;
using Microsoft.Extensions.Configuration;

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
            Graphs = { ReferenceScanBytesMax = 1023, ResolvedBytesMax = 1023 },
        }.Validate();
        Assert.Equal(12, errors.Count);
        Assert.All(errors, error => Assert.StartsWith("Grains:Functions:", error, StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_of_graphs_have_a_section_of_their_own()
    {
        var settings = new Dictionary<string, string?> { ["Graphs:ReferenceScanBytesMax"] = "5000", ["Graphs:ResolvedBytesMax"] = "6000" };
        var options = new FunctionOptions();
        new ConfigurationBuilder().AddInMemoryCollection(settings).Build().Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        Assert.Equal((5000, 6000), (options.Graphs.ReferenceScanBytesMax, options.Graphs.ResolvedBytesMax));
    }
}
