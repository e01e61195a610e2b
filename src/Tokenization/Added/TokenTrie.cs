namespace MoE.Tokenization.Added;

/// <summary>Finds the longest of many strings at a place in a text.</summary>
internal sealed class TokenTrie
{
    private readonly Node _root = new();

    public void Add(string text, AddedToken token)
    {
        var node = _root;
        foreach (var c in text)
        {
            if (!node.Children.TryGetValue(c, out var child)) node.Children.Add(c, child = new Node());
            node = child;
        }

        node.Token = token;
    }

    public AddedToken? LongestAt(ReadOnlySpan<char> text, out int length)
    {
        AddedToken? longest = null;
        length = 0;
        var node = _root;
        for (var i = 0; i < text.Length && node.Children.TryGetValue(text[i], out node); i++)
        {
            if (node.Token is null) continue;
            longest = node.Token;
            length = i + 1;
        }

        return longest;
    }

    private sealed class Node
    {
        public Dictionary<char, Node> Children { get; } = [];

        public AddedToken? Token { get; set; }
    }
}
