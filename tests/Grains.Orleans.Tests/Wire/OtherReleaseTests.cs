using Orleans;

namespace Grains.Orleans.Tests.Wire;

/// <summary>Silos of two releases understand each other while one replaces the other.</summary>
public sealed class OtherReleaseTests
{
    [Fact]
    public void A_message_of_an_older_silo_reads_and_the_member_it_lacks_has_its_usual_value()
    {
        var carried = WireData.Read<EntryMetadata>(WireData.Write(new OlderMetadata { Tags = ["a"], CreatedBy = "me" }));

        Assert.Equal(["a"], carried.Tags);
        Assert.Equal("me", carried.CreatedBy);
        Assert.Empty(carried.Dependencies);
        Assert.Equal(1.0, carried.QualityScore);
    }

    [Fact]
    public void A_message_of_a_newer_silo_reads_without_the_member_that_is_new()
    {
        var carried = WireData.Read<EntryMetadata>(
            WireData.Write(new NewerMetadata { CreatedBy = "me", QualityScore = 0.5, Owner = "you", Shares = [1, 2] }));

        Assert.Equal("me", carried.CreatedBy);
        Assert.Equal(0.5, carried.QualityScore);
    }
}

[GenerateSerializer, Alias("grains.tests.OlderMetadata")]
internal struct OlderMetadata
{
    [Id(0)] public string[]? Tags;
    [Id(3)] public string? CreatedBy;
}

[GenerateSerializer, Alias("grains.tests.NewerMetadata")]
internal struct NewerMetadata
{
    [Id(3)] public string? CreatedBy;
    [Id(4)] public double? QualityScore;
    [Id(5)] public string? Owner;
    [Id(6)] public int[]? Shares;
}
