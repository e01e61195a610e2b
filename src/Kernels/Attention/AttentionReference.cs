namespace MoE.Kernels;

/// <summary>The plain form of <see cref="CausalAttention"/>, one query after another.</summary>
internal static unsafe class AttentionReference
{
    public static void Attend(in KvHead head, in AttentionShape shape, float* queries, float* output)
    {
        for (var token = 0; token < shape.Tokens; token++)
        {
            for (var query = 0; query < shape.Group; query++)
            {
                var offset = (long)token * shape.Stride + (long)query * head.HeadDim;
                Query(head, queries + offset, shape.FirstPositionOf(token), shape.FirstPosition + token + 1, shape.Scale, output + offset);
            }
        }
    }

    private static void Query(in KvHead head, float* q, int start, int end, float scale, float* y)
    {
        var scores = new float[end - start];
        for (var position = start; position < end; position++)
        {
            var keys = head.Keys(position / KvHead.BlockPositions);
            var sum = 0f;
            for (var d = 0; d < head.HeadDim; d++)
                sum = MathF.FusedMultiplyAdd(q[d], FloatValues.Read(head.Type, keys, d * KvHead.BlockPositions + position % KvHead.BlockPositions), sum);
            scores[position - start] = sum * scale;
        }

        Softmax.Reference(scores);
        new Span<float>(y, head.HeadDim).Clear();
        for (var position = start; position < end; position++)
        {
            var values = head.Values(position / KvHead.BlockPositions);
            var first = position % KvHead.BlockPositions * head.HeadDim;
            for (var d = 0; d < head.HeadDim; d++)
                y[d] = MathF.FusedMultiplyAdd(scores[position - start], FloatValues.Read(head.Type, values, first + d), y[d]);
        }
    }
}
