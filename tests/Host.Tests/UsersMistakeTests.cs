using System.CommandLine;
using System.Net.Sockets;
using Akka.Remote;
using MoE.Engine;

namespace MoE.Host.Tests;

public sealed class UsersMistakeTests
{
    public static TheoryData<string, Exception> Mistakes => new()
    {
        { "no such file", new FileNotFoundException("no such file\nsecond line") },
        { "busy", new EngineException(EngineError.QueueFull, "busy") },
        { "moe.http.url: cannot listen", new SocketException((int)SocketError.AddressNotAvailable, "moe.http.url: cannot listen") },
        { "no memory for 5 bytes", new InvalidOperationException("no memory for 5 bytes", new InsufficientMemoryException("none")) },
        {
            "moe.node.host, moe.node.port: Failed to bind to [a:1]: in use",
            new AggregateException(new AggregateException(new RemoteTransportException("Failed to bind to [a:1]. See InnerException for details.", new SocketException(98, "in use"))))
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void In_WhatPeopleCanMend_IsOneLine(string line, Exception failure) => Assert.Equal(line, UsersMistake.In(failure));

    [Fact]
    public void In_Defect_IsNone()
    {
        Assert.Null(UsersMistake.In(new InvalidOperationException("defect")));
        Assert.Null(UsersMistake.In(new EngineException(EngineError.Internal, "defect")));
        Assert.Null(UsersMistake.In(new AggregateException(new KeyNotFoundException())));
    }

    [Theory]
    [InlineData("bogus", "moe: bogus: no such command, option or argument\nmoe --help lists what there is")]
    [InlineData("do --bogus", "moe: --bogus: no such command, option or argument\nmoe do --help lists what there is")]
    [InlineData("do --count x", "moe: --count x: must be a whole number\nmoe do --help lists what there is")]
    [InlineData("do --share x", "moe: --share x: must be a number\nmoe do --help lists what there is")]
    [InlineData("do --count", "moe: Required argument missing for option: '--count'\nmoe do --help lists what there is")]
    public void Usage_Mistake_NamesItAndWhereHelpIs(string line, string expected) => Assert.Equal(expected, UsageError.Of(Root().Parse(line)));

    [Theory]
    [InlineData("do --count 3")]
    [InlineData("do --help")]
    [InlineData("--help")]
    public void Usage_Right_IsNone(string line) => Assert.Null(UsageError.Of(Root().Parse(line)));

    private static RootCommand Root()
    {
        var command = new Command("do", "does") { new Option<int?>("--count"), new Option<float>("--share") };
        command.SetAction(_ => 0);
        return new RootCommand { command };
    }
}
