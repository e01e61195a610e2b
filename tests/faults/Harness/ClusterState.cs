using System.Text.Json.Nodes;

namespace MoE.Faults;

/// <summary>What <c>/cluster</c> says.</summary>
internal sealed class ClusterState(JsonNode json)
{
    public IReadOnlyList<JsonNode> Nodes => [.. json["nodes"]!.AsArray().Select(node => node!)];

    public IReadOnlyList<string> NodeIds => [.. Nodes.Select(node => node["id"]!.GetValue<string>())];

    public IReadOnlyList<string> Fronts => [.. json["fronts"]!.AsArray().Select(front => front!.GetValue<string>())];

    public int Missing => json["missing_count"]?.GetValue<int>() ?? json["missing"]!.AsArray().Count;

    public long PlacementVersion => json["placement_version"]!.GetValue<long>();

    /// <summary>Whether nothing is under way: every node is ready and reachable, and every expert is held so often.</summary>
    public bool Settled(int replicas) =>
        Missing == 0
        && Nodes.All(node => node["state"]!.GetValue<string>() == "ready" && node["reachable"]!.GetValue<bool>())
        && Copies().Values.All(copies => copies >= replicas);

    public override string ToString() => json.ToJsonString();

    private Dictionary<(int Layer, int Expert), int> Copies()
    {
        var copies = new Dictionary<(int, int), int>();
        foreach (var layer in Nodes.SelectMany(node => node["experts"]!.AsArray()))
        {
            foreach (var expert in layer!["experts"]!.AsArray())
            {
                var id = (layer["layer"]!.GetValue<int>(), expert!.GetValue<int>());
                copies[id] = copies.GetValueOrDefault(id) + 1;
            }
        }

        return copies;
    }
}
