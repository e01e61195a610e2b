using MoE.Kernels;
using MoE.Tokenization;

namespace MoE.Model;

/// <summary>Opens GGUF files (ggml/docs/gguf.md), version 2 and 3, whole or split.</summary>
internal static class GgufSource
{
    private const string TemplateKey = "tokenizer.chat_template";

    /// <param name="path">The file, or the first of a split model.</param>
    /// <param name="type">Convert matrices on load, or null.</param>
    /// <exception cref="ModelFormatException">The file cannot be served.</exception>
    public static ModelSource Open(string path, WeightType? type)
    {
        var files = GgufSplit.Open(path);
        var table = new TensorTable();
        foreach (var file in files)
            table.Own(file.Memory);
        try
        {
            Fill(table, files);
            var metadata = files[0].Metadata;
            var config = GgufConfigReader.Read(metadata, table);
            var vocabulary = GgufTokenizer.Vocabulary(metadata, config.VocabSize);
            var names = new GgufWeightNames(table);
            return new TableModelSource(
                path, config, table, names, type,
                () => ModelHash.Compute(
                    [.. files.Select(file => new HashedFile(file.Memory, file.HeaderBytes))], RoleShapes.Stored(config, table, names), config, type),
                metadata.String(TemplateKey),
                GgufTokenizer.Generation(metadata, vocabulary),
                () => CreateTokenizer(vocabulary, path));
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private static void Fill(TensorTable table, IReadOnlyList<GgufFile> files)
    {
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors)
            {
                table.Add(new StoredTensor(
                    new TensorInfo(tensor.Name, tensor.Type.Name(), tensor.Shape, tensor.Bytes, file.Path),
                    tensor.Type,
                    file.Memory,
                    file.DataOffset + tensor.Offset));
            }
        }
    }

    private static Tokenizer CreateTokenizer(GgufVocabulary vocabulary, string path)
    {
        try
        {
            return TokenizerFactory.FromGguf(vocabulary, path);
        }
        catch (TokenizerFormatException e)
        {
            throw new ModelFormatException(e.Message, e);
        }
    }
}
