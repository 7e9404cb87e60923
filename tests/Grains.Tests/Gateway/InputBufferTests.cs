using Grains.Gateway.Connections;

namespace Grains.Tests.Gateway;

public sealed class InputBufferTests
{
    [Fact]
    public void While_reads_fill_it_it_takes_more_at_once_and_what_is_unread_stays()
    {
        var input = new InputBuffer();
        var small = input.Free(0).Length;
        for (var i = 0; i < small; i++)
            input.Free(0).Span[i] = (byte)i;
        input.Fill(small);
        input.Consume(small - 3);
        Assert.True(input.Free(0).Length >= 3 * small);
        Assert.Equal([(byte)(small - 3), (byte)(small - 2), (byte)(small - 1)], input.Unread.ToArray());

        var large = input.Free(0).Length;
        input.Fill(large);
        input.Consume(input.UnreadBytes);
        input.Release();
        Assert.Equal(0, input.CapacityBytes);
        Assert.True(input.Free(0).Length >= 4 * small);

        input.Fill(1);
        input.Consume(1);
        input.Release();
        Assert.Equal(small, input.Free(0).Length);
        input.Release();
    }
}
