using System.Collections.Immutable;
using System.Net;
using Akka.Actor;

namespace MoE.Host;

/// <summary>
/// The members that this process last knew, itself excluded: whom it asks to take it back. Kept in a file, one
/// host:port a line, so that a restart finds the old cluster. Thread-safe.
/// </summary>
/// <param name="file">The file; null for memory only.</param>
internal sealed class KnownMembers(string? file)
{
    /// <summary>Any member can answer; a longer file would only take longer to ask.</summary>
    private const int Most = 64;

    private readonly Lock _lock = new();
    private ImmutableList<Address> _seeds = [];
    private IReadOnlyList<Address> _found = [];
    private IReadOnlyList<DnsEndPoint> _members = file is null ? [] : Read(file);

    public IReadOnlyList<DnsEndPoint> Members
    {
        get
        {
            lock (_lock)
                return _members;
        }
    }

    /// <summary>The seeds of the last membership, this process among them where it was one, the oldest first. Not kept in the file.</summary>
    public ImmutableList<Address> Seeds
    {
        get
        {
            lock (_lock)
                return _seeds;
        }

        set
        {
            lock (_lock)
                _seeds = value;
        }
    }

    /// <summary>Members of another cluster, which this process joins next.</summary>
    public void Find(IReadOnlyList<Address> found)
    {
        lock (_lock)
            _found = found;
    }

    /// <summary>Those members, once.</summary>
    public IReadOnlyList<Address> TakeFound()
    {
        lock (_lock)
        {
            var found = _found;
            _found = [];
            return found;
        }
    }

    /// <summary>Takes the members that there are now.</summary>
    /// <returns>Why they could not be written, or null.</returns>
    public string? Set(IEnumerable<Address> members)
    {
        lock (_lock)
        {
            _members = [.. members.Select(address => new DnsEndPoint(address.Host, address.Port ?? 0)).Take(Most)];
            return file is null ? null : Write(file, _members);
        }
    }

    private static List<DnsEndPoint> Read(string file)
    {
        if (!File.Exists(file))
            return [];
        var members = new List<DnsEndPoint>();
        foreach (var line in File.ReadLines(file).Take(Most))
        {
            // What does not parse was cut by a crash or written by someone else; the other lines are as good without it.
            if (line.LastIndexOf(':') is > 0 and var colon
                && int.TryParse(line.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue)
                members.Add(new DnsEndPoint(line[..colon], port));
        }

        return members;
    }

    /// <summary>A reader sees the old file or the new one.</summary>
    private static string? Write(string file, IReadOnlyList<DnsEndPoint> members)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllLines(file + ".new", members.Select(member => $"{member.Host}:{member.Port}"));
            File.Move(file + ".new", file, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
