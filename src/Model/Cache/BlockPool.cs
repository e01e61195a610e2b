using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MoE.Model;

/// <summary>
/// Which cache blocks are in use, and which hold a prefix that another sequence may share (vLLM's automatic prefix caching).
/// Counts and names blocks, touches no tensor. Whole blocks only are shared, so nothing that is shared is ever written.
/// <para>A block's prefix is named by the tokens in it and by the name of the prefix before it; names are never used twice, so a
/// chain cannot lead to what has been given away. A match compares the tokens themselves: a hash only finds them.</para>
/// <para>Owned by one thread.</para>
/// </summary>
internal sealed class BlockPool
{
    /// <summary>The name of the empty prefix.</summary>
    public const long Root = 0;

    private readonly int _blockPositions;
    private readonly List<Block> _blocks = [];
    private readonly Stack<int> _empty = [];
    private readonly LinkedList<int> _unused = [];
    private readonly Dictionary<(long Parent, ulong Hash), int> _byPrefix = [];
    private long _lastName = Root;

    /// <param name="maxBlocks">Bound, at least 1.</param>
    /// <param name="blockPositions">Positions of a block.</param>
    public BlockPool(int maxBlocks, int blockPositions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBlocks, 1);
        MaxBlocks = maxBlocks;
        _blockPositions = blockPositions;
    }

    public int MaxBlocks { get; }

    /// <summary>Blocks that were ever rented.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>Blocks that can be rented, those that remember a prefix included.</summary>
    public int FreeBlocks => MaxBlocks - _blocks.Count + _empty.Count + _unused.Count;

    /// <summary>A block of undefined contents: one that remembers nothing where there is one, else the one unused for longest.</summary>
    /// <exception cref="InvalidOperationException">All blocks are in use; the scheduler admits by <see cref="FreeBlocks"/>.</exception>
    public int Rent()
    {
        if (!_empty.TryPop(out var id))
        {
            if (_blocks.Count < MaxBlocks)
            {
                id = _blocks.Count;
                _blocks.Add(new Block());
            }
            else if (_unused.First is { } oldest)
            {
                id = oldest.Value;
                _unused.RemoveFirst();
                Forget(id);
            }
            else
            {
                throw new InvalidOperationException($"all {MaxBlocks} KV cache blocks are in use");
            }
        }

        _blocks[id].Users = 1;
        return id;
    }

    /// <summary>Gives a block back. One that remembers a prefix keeps it until its room is needed.</summary>
    public void Return(int id)
    {
        var block = _blocks[id];
        if (--block.Users > 0)
            return;
        if (block.Name == Root)
            _empty.Push(id);
        else
            block.Unused = _unused.AddLast(id);
    }

    /// <summary>The block that holds these tokens after a prefix, now shared by the caller too; null where none does.</summary>
    /// <param name="parent">Name of the prefix before the block.</param>
    /// <param name="tokens">A block's tokens.</param>
    /// <returns>The block, and the name of the prefix that ends with it.</returns>
    public (int Block, long Name)? Share(long parent, ReadOnlySpan<int> tokens)
    {
        if (!Find(parent, tokens, out var id))
            return null;
        var block = _blocks[id];
        if (block.Users++ == 0)
        {
            _unused.Remove(block.Unused!);
            block.Unused = null;
        }

        return (id, block.Name);
    }

    /// <summary>Blocks at the start of a sequence of tokens that could be shared.</summary>
    public int Matches(ReadOnlySpan<int> tokens)
    {
        var count = 0;
        for (var name = Root; (count + 1) * _blockPositions <= tokens.Length; count++)
        {
            if (!Find(name, tokens.Slice(count * _blockPositions, _blockPositions), out var id))
                break;
            name = _blocks[id].Name;
        }

        return count;
    }

    /// <summary>Remembers that a block in use is full, and of what.</summary>
    /// <param name="id">The block.</param>
    /// <param name="parent">Name of the prefix before it.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <returns>The name of the prefix that ends with it: that of an equal block where one is remembered already.</returns>
    public long Publish(int id, long parent, ReadOnlySpan<int> tokens)
    {
        if (Find(parent, tokens, out var known))
            return _blocks[known].Name;
        var block = _blocks[id];
        var key = (parent, Hash(tokens));
        if (!_byPrefix.TryAdd(key, id))
            return ++_lastName;
        block.Name = ++_lastName;
        block.Key = key;
        block.Tokens = tokens.ToArray();
        return block.Name;
    }

    private static ulong Hash(ReadOnlySpan<int> tokens) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(tokens));

    private bool Find(long parent, ReadOnlySpan<int> tokens, out int id) =>
        _byPrefix.TryGetValue((parent, Hash(tokens)), out id) && tokens.SequenceEqual(_blocks[id].Tokens);

    private void Forget(int id)
    {
        var block = _blocks[id];
        _byPrefix.Remove(block.Key);
        block.Name = Root;
        block.Tokens = [];
        block.Unused = null;
    }

    private sealed class Block
    {
        /// <summary>Sequences that read it.</summary>
        public int Users { get; set; }

        /// <summary>Name of the prefix that ends with it, or <see cref="Root"/>.</summary>
        public long Name { get; set; }

        public (long Parent, ulong Hash) Key { get; set; }

        public int[] Tokens { get; set; } = [];

        /// <summary>Its place among those that nobody uses.</summary>
        public LinkedListNode<int>? Unused { get; set; }
    }
}
