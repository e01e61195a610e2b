namespace MoE.Benchmarks.Peers;

/// <summary>What is compared.</summary>
/// <param name="Model">GGUF file.</param>
/// <param name="Moe">Our executable or assembly.</param>
/// <param name="LlamaFolder">Folder of llama.cpp's programs, or null for PATH.</param>
/// <param name="Threads">Compute threads of each program.</param>
/// <param name="Rounds">Turns.</param>
/// <param name="Prompt">Prompt tokens.</param>
/// <param name="Generate">Tokens to generate.</param>
/// <param name="Nodes">Expert processes, or 0.</param>
/// <param name="Rpc">Whether llama.cpp runs over rpc-servers too.</param>
internal sealed record Settings(
    string Model, string Moe, string? LlamaFolder, int Threads, int Rounds, int Prompt, int Generate, int Nodes, bool Rpc);
