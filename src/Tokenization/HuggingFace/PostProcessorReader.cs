namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>post_processor</c>.</summary>
internal static class PostProcessorReader
{
    private const string Supported = "TemplateProcessing, ByteLevel, Sequence";
    private const int MaxTemplateIds = 1024;

    public static SequenceTemplate Read(JsonField field, int maxId)
    {
        if (field.IsNull) return SequenceTemplate.Empty;
        switch (field["type"].StringOrNull())
        {
            case "ByteLevel":
                return SequenceTemplate.Empty;
            case "TemplateProcessing":
                return ReadTemplate(field, maxId);
            case "Sequence":
                return field["processors"].Items().Select(item => Read(item, maxId)).Aggregate(
                    SequenceTemplate.Empty,
                    (inner, outer) => new SequenceTemplate([.. outer.Prefix, .. inner.Prefix], [.. inner.Suffix, .. outer.Suffix]));
            default:
                throw field["type"].Unsupported(Supported);
        }
    }

    private static SequenceTemplate ReadTemplate(JsonField field, int maxId)
    {
        var prefix = new List<int>();
        var suffix = new List<int>();
        var sequences = 0;
        foreach (var item in field["single"].Items())
        {
            if (!item["Sequence"].IsNull)
            {
                if (item["Sequence"]["id"].StringOrNull() != "A") throw item.Unsupported("one sequence, A");
                sequences++;
                continue;
            }

            var name = item["SpecialToken"]["id"].String();
            var ids = field["special_tokens"][name]["ids"].Items().Select(id => id.Int(maxId));
            (sequences == 0 ? prefix : suffix).AddRange(ids);
            if (prefix.Count + suffix.Count > MaxTemplateIds) throw field["special_tokens"].Fail($"more than {MaxTemplateIds} ids in the template");
        }

        return sequences == 1 ? new SequenceTemplate(prefix, suffix) : throw field["single"].Unsupported("one sequence, A");
    }
}
