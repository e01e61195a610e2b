namespace MoE.Jinja.Values;

/// <summary>A value of the template language. Nothing but what these classes offer is reachable from a template.</summary>
internal abstract class Value
{
    /// <summary>Python's name of the type.</summary>
    public abstract string TypeName { get; }

    public virtual bool Truthy => true;

    /// <summary>What <c>len()</c> gives, or null where Python raises.</summary>
    public virtual int? Length => null;

    /// <summary>What a loop walks, or null where Python raises. An iterator hands its items out once.</summary>
    public virtual IReadOnlyList<Value>? Items(Runtime runtime) => null;

    /// <summary>The member that Python's <c>getattr</c> finds, or null.</summary>
    public virtual Value? Member(Runtime runtime, string name) => null;

    /// <summary>The item that Python's <c>[]</c> finds, or null.</summary>
    public virtual Value? Item(Runtime runtime, Value key) => null;

    /// <summary>Appends Python's <c>repr()</c>.</summary>
    public abstract void WriteRepr(Runtime runtime, TextBuilder output);

    /// <summary>Python's <c>str()</c>.</summary>
    public virtual StringValue ToStr(Runtime runtime) => Repr.Of(runtime, this);

    /// <summary>Jinja's name of an object in messages about missing members.</summary>
    public virtual string ObjectName => $"{TypeName} object";
}
