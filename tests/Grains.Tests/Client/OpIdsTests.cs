using Grains.Client.Connections;

namespace Grains.Tests.Client;

public sealed class OpIdsTests
{
    [Fact]
    public void A_target_gets_a_bounded_number_of_ids_in_five_minutes()
    {
        var time = new ManualTime();
        var ids = new OpIds(time);
        var given = Enumerable.Range(0, OpIds.PerTargetMax).Select(_ => ids.Next("t")).ToHashSet();
        Assert.Equal(OpIds.PerTargetMax, given.Count);
        Assert.DoesNotContain(null, given);
        Assert.Null(ids.Next("t"));
        Assert.NotNull(ids.Next("other"));
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.NotNull(ids.Next("t"));
    }

    [Fact]
    public void A_target_that_refused_an_id_gets_none_for_five_minutes()
    {
        var time = new ManualTime();
        var ids = new OpIds(time);
        ids.Exhaust("t");
        Assert.Null(ids.Next("t"));
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.NotNull(ids.Next("t"));
    }
}
