using MoE.Kernels;

namespace MoE.Model;

/// <summary>Maps model files, with an error that names the file.</summary>
internal static class MappedFile
{
    /// <exception cref="ModelFormatException">The file cannot be read.</exception>
    public static MappedWeightMemory Open(string path)
    {
        try
        {
            return MappedWeightMemory.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var message = e.Message.ReplaceLineEndings(" ");
            throw new ModelFormatException(message.Contains(path, StringComparison.Ordinal) ? message : $"{path}: {message}", e);
        }
    }
}
