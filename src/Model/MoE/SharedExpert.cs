using MoE.Kernels;

namespace MoE.Model;

/// <summary>The expert that every token visits, behind its own sigmoid gate where the family has one (Qwen2-MoE).</summary>
public sealed class SharedExpert
{
    private readonly FeedForward _feedForward;
    private readonly WeightMatrix? _gate;
    private float[] _gateLogits = [];

    /// <param name="feedForward">The expert.</param>
    /// <param name="gate">[1, H] f32, or null: then the output counts fully.</param>
    public SharedExpert(FeedForward feedForward, WeightMatrix? gate)
    {
        _feedForward = feedForward;
        _gate = gate;
    }

    /// <summary>y = sigmoid(gate·x) · expert(x).</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="hidden">[T, H].</param>
    /// <param name="output">[T, H]; overwritten.</param>
    public void Forward(ComputePool pool, ActivationRows hidden, Memory<float> output)
    {
        _feedForward.Forward(pool, hidden, output);
        if (_gate is null)
            return;
        if (_gateLogits.Length < hidden.Count)
            _gateLogits = new float[hidden.Count];
        MatMul.Multiply(pool, _gate, hidden, _gateLogits.AsMemory(0, hidden.Count));
        for (var token = 0; token < hidden.Count; token++)
            VectorOps.Scale(output.Span.Slice(token * hidden.Columns, hidden.Columns), Activation.Sigmoid(_gateLogits[token]));
    }
}
