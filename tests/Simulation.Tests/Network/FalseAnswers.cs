using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>What a faulty node sends instead of its answer; the frame's checksum is right, its contents are not.</summary>
internal static class FalseAnswers
{
    public static LaneFrame Apply(ModelledMembership node, LaneFrame frame, Random random)
    {
        var fault = node.Process.AnswerFault;
        if (fault == AnswerFault.None || frame is not ContributionFrame answer)
            return frame;
        switch (fault)
        {
            case AnswerFault.NotANumber:
                // Two nodes do not fail alike: bits that two of them agree on are taken for the model's own.
                answer.Rows.Span[random.Next(answer.Rows.Length)] = BitConverter.Int32BitsToSingle(0x7FC00000 | (node.Uid + 1));
                return answer;
            case AnswerFault.WrongShape:
                var less = new Pooled<float>(answer.Rows.Length - answer.HiddenSize);
                answer.Rows.Span[..less.Length].CopyTo(less.Span);
                return ContributionFrame.Rent(answer.DispatchId, answer.Layer, answer.HiddenSize, less);
            default:
                return new DispatchFailedFrame
                {
                    DispatchId = answer.DispatchId, Layer = answer.Layer, Failure = DispatchFailure.ComputeFailed, Message = "a fault of the simulation",
                };
        }
    }
}
