namespace Grains.Tests;

public sealed class ValueTests
{
    [Fact]
    public void None_is_not_null()
    {
        Assert.True(Value.None.IsNone);
        Assert.False(Value.Null.IsNone);
        Assert.True(Value.Null.IsNull);
    }
}
