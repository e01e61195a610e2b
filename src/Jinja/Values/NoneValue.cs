namespace MoE.Jinja.Values;

internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override string ObjectName => "None";

    public override bool Truthy => false;

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append("None");
}
