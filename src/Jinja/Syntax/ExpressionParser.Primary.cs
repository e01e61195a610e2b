using System.Globalization;
using System.Numerics;
using MoE.Jinja.Expressions;

namespace MoE.Jinja.Syntax;

/// <summary>This part has names and literals.</summary>
internal sealed partial class ExpressionParser
{
    private Expression Primary()
    {
        Token token = stream.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                stream.Next();
                return NameOrConstant(token);
            case TokenKind.String:
                return String();
            case TokenKind.Integer:
                stream.Next();
                return new Literal(token.Line, new IntValue(Integer(token)));
            case TokenKind.Float:
                stream.Next();
                return new Literal(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
        }

        if (stream.SkipOperator("("))
        {
            Expression inner = ParseTuple(parenthesized: true);
            stream.ExpectOperator(")");
            return inner;
        }

        if (stream.SkipOperator("["))
            return new ListLiteral(token.Line, Sequence("]"));
        if (stream.SkipOperator("{"))
            return Dict(token.Line);
        throw stream.Error($"unexpected '{token}'");
    }

    private Expression NameOrConstant(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Literal(token.Line, BoolValue.True);
            case "false" or "False":
                return new Literal(token.Line, BoolValue.False);
            case "none" or "None":
                return new Literal(token.Line, NoneValue.Instance);
            default:
                NamesRead.Add(token.Text);
                return new NameExpression(token.Line, token.Text);
        }
    }

    private Literal String()
    {
        Token first = stream.Next();
        var parts = new List<string> { first.Text };
        while (stream.Current.Kind == TokenKind.String)
            parts.Add(stream.Next().Text);
        return new Literal(first.Line, new StringValue(string.Concat(parts)));
    }

    private static BigInteger Integer(Token token)
    {
        string text = token.Text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
        int radix = text.Length < 2 ? 10 : text[1] switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
        BigInteger value = 0;
        foreach (char c in radix == 10 ? text : text[2..])
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10;
            if (digit >= radix)
                throw new JinjaException($"'{token.Text}' is no number", token.Line);
            value = (value * radix) + digit;
            if (value.GetBitLength() > JinjaLimits.Default.MaxIntegerBits)
                throw new JinjaException($"an integer literal of {text.Length} digits is too large", token.Line);
        }

        return value;
    }

    private List<Expression> Sequence(string close)
    {
        var items = new List<Expression>();
        while (!stream.SkipOperator(close))
        {
            if (items.Count > 0)
            {
                stream.ExpectOperator(",");
                if (stream.SkipOperator(close))
                    break;
            }

            items.Add(Parse());
        }

        return items;
    }

    private DictLiteral Dict(int line)
    {
        var pairs = new List<(Expression, Expression)>();
        while (!stream.SkipOperator("}"))
        {
            if (pairs.Count > 0)
            {
                stream.ExpectOperator(",");
                if (stream.SkipOperator("}"))
                    break;
            }

            Expression key = Parse();
            stream.ExpectOperator(":");
            pairs.Add((key, Parse()));
        }

        return new DictLiteral(line, pairs);
    }
}
