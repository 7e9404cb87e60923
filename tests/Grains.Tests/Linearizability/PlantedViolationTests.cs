namespace Grains.Tests.Linearizability;

public sealed class PlantedViolationTests
{
    private const int PlantsOfEachKind = 8;

    public static TheoryData<string> Names => [.. PlantedViolation.All.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_violation_is_found_in_a_history_that_is_accepted_without_it(string name)
    {
        var violation = PlantedViolation.All.Single(v => v.Name == name);
        var planted = 0;
        for (var seed = 0; planted < PlantsOfEachKind; seed++)
        {
            Assert.True(seed < 200, $"Only {planted} histories had a place for a violation.");
            var valid = violation.Base(seed).Make();
            if (violation.Plant(valid) is not { } invalid)
                continue;
            planted++;

            Assert.Null(LinearizabilityChecker.Check(valid));
            Assert.True(LinearizabilityChecker.Check(invalid) is not null, $"seed {seed}: not found in\n{HistoryText.Of(invalid)}");
        }
    }

    [Fact]
    public void There_are_a_hundred_of_them() => Assert.True(PlantedViolation.All.Length * PlantsOfEachKind >= 100);
}
