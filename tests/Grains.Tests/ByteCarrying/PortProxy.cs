using System.Reflection;

namespace Grains.Tests.ByteCarrying;

/// <summary>A port whose every method is answered by one delegate.</summary>
public class PortProxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?>? _answer;

    public static object Make(Type port, Func<MethodInfo, object?[], object?> answer)
    {
        var proxy = (PortProxy)Create(port, typeof(PortProxy));
        proxy._answer = answer;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer!(targetMethod!, args ?? []);
}
