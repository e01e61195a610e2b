using MoE.Kernels;

namespace MoE.Model;

/// <summary>cos and sin by position, grown in steps as positions are first reached. Grown by one thread, read by many.</summary>
internal sealed class RopeTable
{
    private const int StepPositions = 512;
    private readonly RopeConfig _rope;
    private readonly float[] _inverseFrequencies;
    private readonly float _attentionFactor;
    private float[] _cos = [];
    private float[] _sin = [];
    private int _positions;

    public RopeTable(RopeConfig rope)
    {
        _rope = rope;
        (_inverseFrequencies, _attentionFactor) = RopeFrequencies.Compute(rope);
    }

    /// <summary>Makes positions [0, count) available.</summary>
    public void Reserve(int count)
    {
        if (count <= _positions)
            return;
        var half = _inverseFrequencies.Length;
        var positions = (Math.Max(count, _positions * 2) + StepPositions - 1) / StepPositions * StepPositions;
        Array.Resize(ref _cos, positions * half);
        Array.Resize(ref _sin, positions * half);
        for (var position = _positions; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                // f32 throughout: transformers multiplies f32 positions and frequencies, and far positions would differ otherwise.
                var angle = position * _inverseFrequencies[i];
                _cos[position * half + i] = MathF.Cos(angle) * _attentionFactor;
                _sin[position * half + i] = MathF.Sin(angle) * _attentionFactor;
            }
        }

        _positions = positions;
    }

    /// <summary>Rotates one head, [HeadDim], in place. The position is reserved.</summary>
    public void Apply(Span<float> head, int position)
    {
        var half = _inverseFrequencies.Length;
        var cos = _cos.AsSpan(position * half, half);
        var sin = _sin.AsSpan(position * half, half);
        if (_rope.Style == RopeStyle.Half)
            Rotary.ApplyHalf(head, cos, sin);
        else
            Rotary.ApplyInterleaved(head, cos, sin);
    }
}
