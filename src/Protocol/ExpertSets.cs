using System.Text;

namespace MoE.Protocol;

/// <summary>Sets of experts as people read them.</summary>
public static class ExpertSets
{
    private const int MaxRanges = 16;

    /// <summary><c>layer 3 experts 1, 4-7; layer 5 expert 0</c>, cut after a few ranges.</summary>
    public static string Format(IEnumerable<ExpertId> experts)
    {
        var text = new StringBuilder();
        var ranges = 0;
        foreach (var layer in experts.Order().GroupBy(expert => expert.Layer))
        {
            var indices = layer.Select(expert => expert.Expert).ToList();
            text.Append(text.Length == 0 ? "" : "; ").Append("layer ").Append(layer.Key).Append(indices.Count == 1 ? " expert " : " experts ");
            for (var i = 0; i < indices.Count; i++)
            {
                var end = i;
                while (end + 1 < indices.Count && indices[end + 1] == indices[end] + 1)
                    end++;
                if (++ranges > MaxRanges)
                    return text.Append('…').ToString();
                text.Append(i == 0 ? "" : ", ").Append(indices[i]);
                if (end > i)
                    text.Append('-').Append(indices[end]);
                i = end;
            }
        }

        return text.ToString();
    }
}
