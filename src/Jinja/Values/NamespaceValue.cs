namespace MoE.Jinja.Values;

/// <summary><c>namespace()</c>: the one value that a template may change, with <c>{% set ns.name = … %}</c>.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _members = [];

    public override string TypeName => "jinja2.utils.Namespace";

    public void Set(Runtime runtime, string name, Value value)
    {
        _members[name] = value;
        runtime.CheckSize(_members.Count);
    }

    public override Value? Member(Runtime runtime, string name) => _members.GetValueOrDefault(name);

    public override Value? Item(Runtime runtime, Value key) => key is StringValue name ? _members.GetValueOrDefault(name.Text) : null;

    public override void WriteRepr(Runtime runtime, TextBuilder output)
    {
        runtime.EnsureStack();
        output.Append("<Namespace {");
        string separator = "";
        foreach ((string name, Value value) in _members)
        {
            output.Append($"{separator}'{name}': ");
            value.WriteRepr(runtime, output);
            separator = ", ";
        }

        output.Append("}>");
    }
}
