namespace MoE.Jinja.Builtins;

/// <summary>A filter, test, method or function whose arguments are checked against its parameters before it runs.</summary>
/// <param name="name">For messages.</param>
/// <param name="parameters">Names in order, separated by spaces; one that ends in a question mark may be missing.</param>
/// <param name="body">What it does.</param>
internal sealed class Builtin(string name, string parameters, Func<Call, Value> body) : CallableValue(name)
{
    private readonly string[] _parameters = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public override Value Call(Runtime runtime, Arguments arguments)
    {
        var values = new Value?[_parameters.Length];
        if (arguments.Positional.Count > values.Length)
            throw runtime.Error($"{Name}() takes at most {values.Length} arguments ({arguments.Positional.Count} given)");
        for (int i = 0; i < arguments.Positional.Count; i++)
            values[i] = arguments.Positional[i];
        foreach ((string key, Value value) in arguments.Named)
        {
            int position = Array.FindIndex(_parameters, parameter => parameter.TrimEnd('?') == key);
            if (position < 0 || values[position] is not null)
                throw runtime.Error($"{Name}() {(position < 0 ? "has no argument" : "got two values for argument")} '{key}'");
            values[position] = value;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is null && !_parameters[i].EndsWith('?'))
                throw runtime.Error($"{Name}() misses argument '{_parameters[i]}'");
            if (values[i] is StringValue text)
                runtime.ChargeChars(text.Text.Length);
        }

        return body(new Call(Name, runtime, values));
    }
}

/// <summary>A built-in that takes its arguments as they come.</summary>
internal sealed class RawBuiltin(string name, Func<Runtime, Arguments, Value> body) : CallableValue(name)
{
    public override Value Call(Runtime runtime, Arguments arguments) => body(runtime, arguments);
}
