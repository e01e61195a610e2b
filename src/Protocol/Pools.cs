using Microsoft.Extensions.ObjectPool;

namespace MoE.Protocol;

/// <summary>Objects that every layer of every step needs, and that are used again so that a step leaves nothing to collect.</summary>
internal static class Pools
{
    /// <summary>Most objects of a kind that lie idle; more are left to the collector.</summary>
    private const int MostIdle = 256;

    /// <param name="create">Makes one where none is idle.</param>
    public static ObjectPool<T> Of<T>(Func<T> create)
        where T : class => new DefaultObjectPool<T>(new Policy<T>(create), MostIdle);

    private sealed class Policy<T>(Func<T> create) : IPooledObjectPolicy<T>
        where T : class
    {
        public T Create() => create();

        public bool Return(T obj) => true;
    }
}
