using System.CommandLine;
using MoE.Benchmarks.Peers;

var model = new Option<FileInfo>("--model", "-m") { Description = "GGUF file that both read", Required = true };
var moe = new Option<string>("--moe") { Description = "The moe executable, or moe.dll", Required = true };
var llama = new Option<DirectoryInfo?>("--llama") { Description = "Folder with llama-bench and llama-batched-bench; the default is PATH" };
var threads = new Option<int>("--threads", "-t") { Description = "Compute threads of each", DefaultValueFactory = _ => 2 };
var rounds = new Option<int>("--rounds", "-r") { Description = "Times that the two take turns", DefaultValueFactory = _ => 3 };
var prompt = new Option<int>("--prompt", "-p") { Description = "Prompt tokens", DefaultValueFactory = _ => 512 };
var generate = new Option<int>("--generate", "-n") { Description = "Tokens to generate", DefaultValueFactory = _ => 32 };
var nodes = new Option<int>("--nodes") { Description = "Also: this many expert processes against our single process; 0 leaves it out", DefaultValueFactory = _ => 0 };
var rpc = new Option<bool>("--rpc") { Description = "With --nodes: llama.cpp over as many rpc-servers too" };
var root = new RootCommand("Runs llama.cpp and moe in turn on one file and prints both speeds, the ratio of each pair, and their spread.")
{
    model, moe, llama, threads, rounds, prompt, generate, nodes, rpc,
};
root.SetAction(async (result, cancellationToken) =>
{
    var settings = new Settings(
        result.GetValue(model)!.FullName, result.GetValue(moe)!, result.GetValue(llama)?.FullName, result.GetValue(threads),
        result.GetValue(rounds), result.GetValue(prompt), result.GetValue(generate), result.GetValue(nodes), result.GetValue(rpc));
    await Comparison.RunAsync(settings, cancellationToken).ConfigureAwait(false);
});
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
