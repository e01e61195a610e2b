using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MoE.Kernels;

/// <summary>A matrix, and where its product's outputs go.</summary>
/// <param name="Weights">W [R, C].</param>
/// <param name="Output">[T, R].</param>
public readonly record struct Product(WeightMatrix Weights, Memory<float> Output);

/// <summary>A few products by value, for a loop to read without an array.</summary>
internal struct ProductList
{
    /// <summary>Most products with the same rows: queries, keys, values.</summary>
    public const int Most = 3;

    private Items _items;
    private readonly int _count;

    /// <param name="products">At most <see cref="Most"/>.</param>
    public ProductList(ReadOnlySpan<Product> products)
    {
        products.CopyTo(_items);
        _count = products.Length;
    }

    [UnscopedRef]
    public readonly ReadOnlySpan<Product> Span => ((ReadOnlySpan<Product>)_items)[.._count];

    [InlineArray(Most)]
    private struct Items
    {
        private Product _first;
    }
}
