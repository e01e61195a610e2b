namespace MoE.Jinja.Builtins;

/// <summary>Filters: <c>x | trim</c>.</summary>
internal static class FilterTable
{
    private static readonly BuiltinTable _table = Build();

    public static CallableValue? Find(string name) => _table.Find(name);

    private static BuiltinTable Build()
    {
        var table = new BuiltinTable();
        TextFilters.AddTo(table);
        ValueFilters.AddTo(table);
        SequenceFilters.AddTo(table);
        SelectionFilters.AddTo(table);
        GroupingFilters.AddTo(table);
        return table;
    }
}
