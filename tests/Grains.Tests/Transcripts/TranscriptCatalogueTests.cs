using Grains.Cache;

namespace Grains.Tests.Transcripts;

public sealed class TranscriptCatalogueTests
{
    [Fact]
    public void Every_file_follows_the_format()
    {
        foreach (var name in TranscriptCatalogue.Names)
            Assert.NotEmpty(TranscriptCatalogue.Read(name).Steps);
    }

    [Fact]
    public void Each_conformance_case_has_its_transcript()
    {
        var numbers = TranscriptCatalogue.Names.Where(name => name.StartsWith("native/", StringComparison.Ordinal)).Select(name => name[7..9]).ToHashSet();
        for (var number = 1; number <= 30; number++)
            Assert.Contains($"{number:00}", numbers);
    }

    [Fact]
    public void Each_cache_operation_has_a_transcript()
    {
        var shown = TranscriptCatalogue.CacheOperations();
        Assert.Empty(CacheOperations.All.Select(operation => operation.Name).Where(name => !shown.Contains(name)).Order());
    }

    [Theory]
    [InlineData("invalidate")]
    [InlineData("query")]
    [InlineData("stats")]
    [InlineData("namespace.clear")]
    [InlineData("namespace.list")]
    [InlineData("namespace.list_keys")]
    [InlineData("namespace.count")]
    [InlineData("namespace.scan")]
    [InlineData("namespace.statistics")]
    [InlineData("namespace.backup")]
    [InlineData("namespace.restore")]
    [InlineData("namespace.configure")]
    public void Each_operation_over_a_namespace_has_a_transcript(string operation) =>
        Assert.Contains(operation, TranscriptCatalogue.CacheOperations());
}
