using MoE.Model;

namespace MoE.Engine;

/// <summary>A <see cref="DecoderModel"/> as the engine sees it.</summary>
/// <param name="model">Used by the engine's thread alone.</param>
public sealed class DecoderForwardPass(DecoderModel model) : IForwardPass
{
    public int VocabSize => model.Config.VocabSize;

    public int BlockPositions => KvLayout.BlockPositions;

    public int MaxBlocks => model.MaxCacheBlocks;

    public long CacheBytes => model.CacheBytes;

    public int FreeBlocks => model.FreeCacheBlocks;

    public IForwardSequence CreateSequence() => new Sequence(model.CreateSequence());

    public ReadOnlyMemory<float> Forward(IReadOnlyList<ForwardChunk> chunks) =>
        model.Forward(new ForwardBatch([.. chunks.Select(chunk =>
            new SequenceChunk(((Sequence)chunk.Sequence).Decoder, chunk.TokenIds, chunk.Logits))]));

    private sealed class Sequence(DecoderSequence decoder) : IForwardSequence
    {
        public DecoderSequence Decoder => decoder;

        public int Length => decoder.Length;

        public int BlocksToGrow(int positions) => decoder.BlocksToGrow(positions);

        public int Reuse(ReadOnlySpan<int> tokenIds) => decoder.Reuse(tokenIds);

        public void Dispose() => decoder.Dispose();
    }
}
