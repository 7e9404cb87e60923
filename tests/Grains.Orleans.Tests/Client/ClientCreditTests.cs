using Grains.Engine;
using Grains.Orleans.Client;

namespace Grains.Orleans.Tests.Client;

public sealed class ClientCreditTests
{
    private const long Quarter = DeliveryCredit.InitialBytes / 4;

    [Fact]
    public void The_silo_is_told_all_that_was_read_and_only_when_it_is_much()
    {
        var credit = new ClientCredit();
        credit.Deliver(10 * Quarter);
        Assert.False(credit.Read(Quarter - 1));
        Assert.Null(credit.Tell());
        Assert.True(credit.Read(1));
        Assert.Equal(Quarter, credit.Tell());
        Assert.Null(credit.Tell());
        Assert.True(credit.Read(2 * Quarter));
        Assert.Equal(3 * Quarter, credit.Tell());
    }

    [Fact]
    public void A_new_session_gives_so_much_less_as_has_not_been_read()
    {
        var credit = new ClientCredit();
        credit.Deliver(3 * Quarter);
        credit.Read(Quarter);
        Assert.Equal(2 * Quarter, credit.Restart());
        credit.Deliver(5);
        credit.Read((2 * Quarter) + 5);
        Assert.Equal((2 * Quarter) + 5, credit.Tell());
        Assert.Equal(0, credit.Restart());
        Assert.Null(credit.Tell());
    }

    /// <summary>Whatever is untold when everything has been read, the silo has more credit than that.</summary>
    [Fact]
    public void A_reader_that_has_read_everything_is_never_without_credit()
    {
        var credit = new ClientCredit();
        var silo = DeliveryCredit.InitialBytes;
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            long told = 0;
            var bytes = random.Next(1, (int)Quarter * 2);
            credit.Deliver(bytes);
            silo -= bytes;
            if (credit.Read(bytes) && credit.Tell() is { } all)
                (told, _told) = (all - _told, all);
            silo += told;
            Assert.True(silo > 0);
        }
    }

    private long _told;
}
