namespace MoE.Jinja.Values;

/// <summary>A macro, a global function, a bound method, a filter or a test.</summary>
internal abstract class CallableValue(string name) : Value
{
    public string Name => name;

    public override string TypeName => "function";

    public abstract Value Call(Runtime runtime, Arguments arguments);

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append($"<function {name}>");
}

/// <summary>A method with the object it was taken from.</summary>
internal sealed class BoundMethod(Value self, CallableValue method) : CallableValue(method.Name)
{
    public override string TypeName => "builtin_function_or_method";

    public override Value Call(Runtime runtime, Arguments arguments) => method.Call(runtime, arguments.Prepend(self));
}
