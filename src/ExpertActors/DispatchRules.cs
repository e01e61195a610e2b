using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>Whether a dispatch fits the model and the bounds: frames come from other processes, and nothing of them is trusted.</summary>
internal static class DispatchRules
{
    /// <summary>What is wrong with the frame's rows, or null.</summary>
    /// <param name="frame">Any frame.</param>
    /// <param name="hiddenSize">The model's.</param>
    /// <param name="maxAnswerBytes">Longest answer.</param>
    public static string? Defect(DispatchFrame frame, int hiddenSize, long maxAnswerBytes)
    {
        if (frame.HiddenSize != hiddenSize)
            return $"rows of {frame.HiddenSize} columns for a model of {hiddenSize}";
        if (frame.Rows.Length % hiddenSize != 0)
            return $"{frame.Rows.Length} values are no rows of {hiddenSize}";
        if (frame.Experts.Count == 0)
            return "a dispatch without experts";
        var previous = -1;
        for (var i = 0; i < frame.Experts.Count; i++)
        {
            var expert = frame.Experts.Expert(i);
            if (expert <= previous)
                return $"expert {expert} after expert {previous}: must ascend";
            previous = expert;
            if (RowDefect(expert, frame.Experts.Rows(i), frame.RowCount) is { } defect)
                return defect;
        }

        var answerBytes = (long)frame.Experts.Pairs * hiddenSize * sizeof(float);
        return answerBytes <= maxAnswerBytes
            ? null
            : $"the answer of {answerBytes} bytes is longer than {maxAnswerBytes} (moe.lane.max-frame-bytes)";
    }

    private static string? RowDefect(int expert, ReadOnlySpan<int> rows, int rowCount)
    {
        if (rows.IsEmpty)
            return $"expert {expert} without rows";
        var previous = -1;
        foreach (var row in rows)
        {
            if (row <= previous || row >= rowCount)
                return $"expert {expert}: row {row} after row {previous} of {rowCount}: must ascend and be below";
            previous = row;
        }

        return null;
    }
}
