namespace Grains;

/// <summary>Names one connection of one front door (or one in-process user) for as long as it lives. Never reused.</summary>
public readonly record struct ConnectionId(string Text)
{
    public bool IsNone => Text is null;

    public override string ToString() => Text ?? "";
}
