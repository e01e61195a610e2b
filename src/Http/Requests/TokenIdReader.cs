using System.Text.Json;

namespace MoE.Http.Requests;

/// <summary>Reads arrays of token ids, each inside the vocabulary.</summary>
internal static class TokenIdReader
{
    public static int[] Read(JsonElement array, string path, int vocabSize)
    {
        var ids = new int[array.GetArrayLength()];
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            ids[index] = (int)Fields.Long(item, $"{path}[{index}]", 0, vocabSize - 1);
            index++;
        }

        return ids;
    }
}
