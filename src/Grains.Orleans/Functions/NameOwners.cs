namespace Grains.Orleans.Functions;

/// <summary>Who has a function of some name at one silo.</summary>
[Flags]
public enum NameOwners
{
    None = 0,

    /// <summary>Connections of the silo offer it.</summary>
    Connections = 1,

    /// <summary>It is a .NET function of the silo.</summary>
    Server = 2,
}
