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
}
