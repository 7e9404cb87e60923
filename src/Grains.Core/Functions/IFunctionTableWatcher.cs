namespace Grains.Functions;

/// <summary>Told of the changes of a <see cref="FunctionTable"/>, under its lock.</summary>
internal interface IFunctionTableWatcher
{
    /// <summary>A function came, or replaced the one of its name.</summary>
    void Added(ServerFunction function);

    void Removed(string name);
}
