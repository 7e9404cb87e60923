namespace Grains.Functions;

/// <summary>A place in a command's arguments that another command's result is put into.</summary>
/// <param name="Start">Where the bytes that are replaced begin.</param>
/// <param name="Length">How many bytes are replaced.</param>
/// <param name="Depth">Objects and arrays round the place.</param>
/// <param name="Command">The index of the command referred to.</param>
/// <param name="Path">The way into its result, steps apart by dots; null for all of it.</param>
/// <param name="Text">The reference as it was written, for errors.</param>
internal readonly record struct GraphReference(int Start, int Length, int Depth, int Command, string? Path, string Text);
