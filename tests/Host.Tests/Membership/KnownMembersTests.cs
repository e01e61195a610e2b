using System.Net;
using Akka.Actor;

namespace MoE.Host.Tests;

public sealed class KnownMembersTests
{
    [Fact]
    public void Set_ThenReadByAnotherProcess_GivesTheSame()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.File("state"), "members");
        Assert.Null(new KnownMembers(file).Set([new Address("akka.tcp", "moe", "10.0.0.2", 4053), new Address("akka.tcp", "moe", "::1", 9)]));
        Assert.Equal([new DnsEndPoint("10.0.0.2", 4053), new DnsEndPoint("::1", 9)], new KnownMembers(file).Members);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.2")]
    [InlineData("10.0.0.2:")]
    [InlineData("10.0.0.2:99999\n:4053\n\0\0\0")]
    public void Members_DamagedFile_AreNone(string text)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("members"), text);
        Assert.Empty(new KnownMembers(directory.File("members")).Members);
    }

    [Fact]
    public void Set_FileThatCannotBeWritten_SaysWhy()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("file"), "");
        var known = new KnownMembers(Path.Combine(directory.File("file"), "members"));
        Assert.NotNull(known.Set([new Address("akka.tcp", "moe", "10.0.0.2", 4053)]));
        Assert.Single(known.Members);
    }
}
