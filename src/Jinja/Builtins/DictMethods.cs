namespace MoE.Jinja.Builtins;

/// <summary>Methods of <c>dict</c> that change nothing.</summary>
internal static class DictMethods
{
    public static BuiltinTable Table { get; } = new BuiltinTable()
        .Add("keys", "self", call => new DictViewValue("dict_keys", Self(call).Items(call.Runtime)))
        .Add("values", "self", call => new DictViewValue("dict_values", Self(call).Values(call.Runtime)))
        .Add("items", "self", call => new DictViewValue("dict_items", Self(call).Pairs(call.Runtime)))
        .Add("get", "self key default?", call => Self(call).Find(call.Runtime, call[1]!) ?? call[2] ?? NoneValue.Instance)
        .Add("copy", "self", call => call.Self);

    /// <summary>What the immutable sandbox does not let a template call.</summary>
    public static IReadOnlySet<string> Refused { get; } =
        new HashSet<string> { "clear", "pop", "popitem", "setdefault", "update" };

    private static DictValue Self(Call call) => (DictValue)call.Self;
}
