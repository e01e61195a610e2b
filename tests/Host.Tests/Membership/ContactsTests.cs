using Akka.Actor;
using Akka.Cluster;

namespace MoE.Host.Tests;

public sealed class ContactsTests
{
    private static readonly UniqueAddress s_node = new(new Address("akka.tcp", "moe", "10.0.0.1", 4053), 1);

    [Fact]
    public void Hears_FewerQuestionsThanTheLimit_Yes()
    {
        var contacts = new Contacts(limit: 3);
        Assert.True(contacts.Hears(s_node));
        contacts.Asked(s_node);
        contacts.Asked(s_node);
        Assert.True(contacts.Hears(s_node));
        contacts.Asked(s_node);
        Assert.False(contacts.Hears(s_node));
    }

    [Fact]
    public void Hears_AfterAnAnswer_CountsAnew()
    {
        var contacts = new Contacts(limit: 2);
        for (var i = 0; i < 100; i++)
            contacts.Asked(s_node);
        contacts.Answered(s_node);
        Assert.True(contacts.Hears(s_node));
        contacts.Asked(s_node);
        Assert.True(contacts.Hears(s_node));
    }

    [Fact]
    public void HeardLately_AnswersBehindTheLastButOneQuestion_No()
    {
        var contacts = new Contacts(limit: 20);
        contacts.Asked(s_node);
        contacts.Asked(s_node);
        Assert.True(contacts.HeardLately(s_node));
        contacts.Asked(s_node);
        Assert.False(contacts.HeardLately(s_node));
        Assert.True(contacts.Hears(s_node));
        contacts.Answered(s_node);
        Assert.True(contacts.HeardLately(s_node));
    }

    [Fact]
    public void HeardSteadily_AsManyAnswersAsTheLimit_Yes()
    {
        var contacts = new Contacts(limit: 4);
        Assert.False(contacts.HeardSteadily(s_node));
        for (var i = 0; i < 4; i++)
        {
            Assert.False(contacts.HeardSteadily(s_node));
            contacts.Asked(s_node);
            contacts.Answered(s_node);
        }

        Assert.True(contacts.HeardSteadily(s_node));
        for (var i = 0; i < 3; i++)
            contacts.Asked(s_node);
        Assert.False(contacts.HeardSteadily(s_node));
        contacts.Answered(s_node);
        Assert.False(contacts.HeardSteadily(s_node));
    }

    [Fact]
    public void Forget_NodeThatDidNotAnswer_StartsAnew()
    {
        var contacts = new Contacts(limit: 1);
        contacts.Asked(s_node);
        Assert.False(contacts.Hears(s_node));
        contacts.Forget(s_node);
        Assert.True(contacts.Hears(s_node));
    }

    [Fact]
    public void IsStranger_AsManyAnswersInARowAsTheLimit_Yes()
    {
        var contacts = new Contacts(limit: 3);
        Assert.False(contacts.IsStranger(s_node.Address, answered: true));
        Assert.False(contacts.IsStranger(s_node.Address, answered: true));
        Assert.False(contacts.IsStranger(s_node.Address, answered: false));
        Assert.False(contacts.IsStranger(s_node.Address, answered: true));
        contacts.ForgetStrangers();
        Assert.False(contacts.IsStranger(s_node.Address, answered: true));
        Assert.False(contacts.IsStranger(s_node.Address, answered: true));
        Assert.True(contacts.IsStranger(s_node.Address, answered: true));
        Assert.False(contacts.IsStranger(s_node.Address, answered: true, limits: 2));
    }
}
