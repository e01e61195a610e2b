using Akka.Configuration;

namespace MoE.Host;

/// <summary>The HOCON files that ship inside the program (<c>hocon/</c>).</summary>
internal static class HoconFiles
{
    /// <summary>Parses a shipped file.</summary>
    /// <param name="name">Its name without folder and ending: <c>reference</c>, <c>akka</c>, a role's.</param>
    public static Config Read(string name)
    {
        var resource = $"hocon.{name}.conf";
        using var stream = typeof(HoconFiles).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not in the assembly");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
