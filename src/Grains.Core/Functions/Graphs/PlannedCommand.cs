namespace Grains.Functions;

/// <summary>A command of a <see cref="GraphPlan"/>: what it refers to and who refers to it.</summary>
internal sealed class PlannedCommand(GraphCommand command)
{
    public GraphCommand Command { get; } = command;

    /// <summary>References in the positional arguments, or null when there are none; so the arguments go as they came.</summary>
    public List<GraphReference>? InArguments;

    /// <summary>References in the keyword arguments, or null when there are none.</summary>
    public List<GraphReference>? InKeywords;

    /// <summary>The commands it refers to, each once.</summary>
    public List<int> Needs { get; } = [];

    /// <summary>The commands that refer to it.</summary>
    public List<int> NeededBy { get; } = [];

    /// <summary>The length of its longest chain of references.</summary>
    public int Level { get; set; }
}
