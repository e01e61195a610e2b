namespace MoE.Jinja.Statements;

/// <summary>What a value is assigned to.</summary>
internal abstract class Target
{
    public abstract void Assign(Scope scope, Value value);
}

internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Scope scope, Value value) => scope.Set(name, value);
}

internal sealed class MemberTarget(string name, string member) : Target
{
    public override void Assign(Scope scope, Value value)
    {
        if (scope.Find(name) is not NamespaceValue space)
            throw scope.Runtime.Error($"cannot assign '{name}.{member}': '{name}' is no namespace");
        space.Set(scope.Runtime, member, value);
    }
}

internal sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public override void Assign(Scope scope, Value value)
    {
        IReadOnlyList<Value> items = Access.Items(scope.Runtime, value);
        if (items.Count != targets.Count)
            throw scope.Runtime.Error($"{items.Count} values do not unpack into {targets.Count} names");
        for (int i = 0; i < targets.Count; i++)
            targets[i].Assign(scope, items[i]);
    }
}
