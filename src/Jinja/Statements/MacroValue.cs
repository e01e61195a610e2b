namespace MoE.Jinja.Statements;

/// <summary>A macro with the names it sees, those of where it is defined.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope closure) : CallableValue(definition.Name)
{
    public override string TypeName => "Macro";

    public override Value Call(Runtime runtime, Arguments arguments)
    {
        runtime.EnterCall();
        Scope scope = closure.Inner();
        Bind(runtime, scope, arguments);
        StringValue text = definition.Body.Capture(scope);
        runtime.LeaveCall();
        return text;
    }

    public override Value? Member(Runtime runtime, string name) => name switch
    {
        "name" => new StringValue(definition.Name),
        "arguments" => new TupleValue(definition.Parameters.Select(parameter => (Value)new StringValue(parameter.Name)).ToArray()),
        "catch_varargs" => BoolValue.Of(definition.UsesVarargs),
        "catch_kwargs" => BoolValue.Of(definition.UsesKwargs),
        "caller" => BoolValue.Of(definition.UsesCaller),
        _ => null,
    };

    private void Bind(Runtime runtime, Scope scope, Arguments arguments)
    {
        int count = definition.Parameters.Count;
        Dictionary<string, Value> named = arguments.Named.ToDictionary();
        for (int i = 0; i < count; i++)
        {
            Parameter parameter = definition.Parameters[i];
            bool isNamed = named.Remove(parameter.Name, out Value? value);
            if (isNamed && i < arguments.Positional.Count)
                throw runtime.Error($"macro '{Name}' got two values for argument '{parameter.Name}'");
            if (!isNamed)
                value = i < arguments.Positional.Count
                    ? arguments.Positional[i]
                    : parameter.Default?.Evaluate(scope) ?? new UndefinedValue($"parameter '{parameter.Name}' was not provided");
            scope.Set(parameter.Name, value!);
        }

        if (definition.UsesCaller)
            scope.Set("caller", named.Remove("caller", out Value? caller) ? caller : new UndefinedValue("no caller defined"));
        BindRest(runtime, scope, arguments, named);
    }

    private void BindRest(Runtime runtime, Scope scope, Arguments arguments, Dictionary<string, Value> named)
    {
        int count = definition.Parameters.Count;
        if (definition.UsesVarargs)
            scope.Set("varargs", new TupleValue(arguments.Positional.Skip(count).ToArray()));
        else if (arguments.Positional.Count > count)
            throw runtime.Error($"macro '{Name}' takes not more than {count} argument(s)");

        if (!definition.UsesKwargs)
        {
            if (named.Count > 0)
                throw runtime.Error($"macro '{Name}' takes no keyword argument '{named.Keys.First()}'");
            return;
        }

        var kwargs = new DictValue();
        foreach ((string name, Value value) in named)
            kwargs.Put(runtime, new StringValue(name), value);
        scope.Set("kwargs", kwargs);
    }
}
