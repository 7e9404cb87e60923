namespace Grains.Cache;

/// <summary>The rule of an operation: pure. It reads a state whose expiry has not passed, changes nothing, and always decides the same.</summary>
public delegate OperationResult OperationRule(KeyState state, CacheCommand command, in OperationContext context);
