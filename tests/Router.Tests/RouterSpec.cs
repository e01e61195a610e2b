using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>Specs with virtual time and the product's keys.</summary>
public abstract class RouterSpec : TestKit
{
    protected RouterSpec()
        : base(Load()) => AbandonedMessages.DisposeIn(Sys);

    protected TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    private static Config Load() => ConfigurationFactory.ParseString("""
        akka {
          actor.provider = local
          loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
          loglevel = DEBUG
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
          test.single-expect-default = 20s
          test.filter-leeway = 20s
        }
        """)
        .WithFallback(Read("test.conf"))
        .WithFallback(Read("akka.conf"))
        .WithFallback(Read("reference.conf"));

    internal static Config Read(string name) =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", name)));
}
