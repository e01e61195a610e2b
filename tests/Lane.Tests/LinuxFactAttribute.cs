namespace MoE.Lane.Tests;

/// <summary>A test of what needs files in memory.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = Directory.Exists("/dev/shm") ? null : "this system has no /dev/shm";
}
