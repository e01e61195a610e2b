namespace MoE.Jinja.Values;

/// <summary>Jinja's Undefined: prints as nothing, is false and empty, and raises its message as soon as more is asked of it.</summary>
/// <param name="message">What is missing, for the error.</param>
internal sealed class UndefinedValue(string message) : Value
{
    public string Message => message;

    public override string TypeName => "Undefined";

    public override bool Truthy => false;

    public override int? Length => 0;

    public static UndefinedValue Variable(string name) => new($"'{name}' is undefined");

    public override IReadOnlyList<Value> Items(Runtime runtime) => [];

    public override Value? Member(Runtime runtime, string name) => throw runtime.Error(message);

    public override Value? Item(Runtime runtime, Value key) => throw runtime.Error(message);

    public override StringValue ToStr(Runtime runtime) => StringValue.Empty;

    public override void WriteRepr(Runtime runtime, TextBuilder output) => output.Append("Undefined");
}
