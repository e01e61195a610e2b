using MoE.Jinja.Expressions;
using MoE.Jinja.Statements;

namespace MoE.Jinja.Syntax;

/// <summary>Text, print tags and statements (jinja2/parser.py): this part has what is common to all.</summary>
internal sealed partial class StatementParser
{
    private readonly TokenStream _stream;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenStream stream)
    {
        _stream = stream;
        _expressions = new ExpressionParser(stream);
    }

    public static Block Parse(string source, JinjaLimits limits)
    {
        if (source.Length > limits.MaxSourceChars)
            throw new JinjaException($"a template of {source.Length} characters is over the limit of {limits.MaxSourceChars}", 1);
        var parser = new StatementParser(new TokenStream(TemplateLexer.Tokenize(source), limits.MaxNesting));
        return parser.Statements([]);
    }

    /// <summary>Everything up to a tag whose name is one of <paramref name="ends"/>, which is left; up to the end if there are none.</summary>
    private Block Statements(ReadOnlySpan<string> ends)
    {
        var body = new List<Statement>();
        while (true)
        {
            Token token = _stream.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new TextStatement(token.Line, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new OutputStatement(token.Line, _expressions.ParseTuple()));
                    _stream.Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                case TokenKind.BlockBegin when _stream.Current.Kind == TokenKind.Name && ends.Contains(_stream.Current.Text):
                    return new Block(body);
                case TokenKind.BlockBegin:
                    _stream.Enter();
                    body.Add(Statement());
                    _stream.Leave();
                    _stream.Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
                case TokenKind.End when ends.Length == 0:
                    return new Block(body);
                default:
                    throw new JinjaException($"unexpected end of template, expected '{string.Join("' or '", ends.ToArray())}'", token.Line);
            }
        }
    }

    /// <summary>The rest of a tag and its body. A colon before the tag's end is allowed, as in Python.</summary>
    private Block Body(params ReadOnlySpan<string> ends)
    {
        _stream.SkipOperator(":");
        _stream.Expect(TokenKind.BlockEnd, "end of statement block");
        return Statements(ends);
    }

    /// <summary>A body whose end tag is taken too.</summary>
    private Block WholeBody(string end)
    {
        Block body = Body(end);
        _stream.Next();
        return body;
    }

    private Statement Statement()
    {
        Token tag = _stream.Expect(TokenKind.Name, "a tag's name");
        return tag.Text switch
        {
            "if" => If(tag.Line),
            "for" => For(tag.Line),
            "set" => Set(tag.Line),
            "macro" => Macro(tag.Line),
            "call" => Call(tag.Line),
            "filter" => FilterBlock(tag.Line),
            "with" => With(tag.Line),
            "do" => new DoStatement(tag.Line, _expressions.ParseTuple()),
            "generation" => new ScopeStatement(tag.Line, WholeBody("endgeneration")),
            "break" or "continue" when _loops == 0 => throw new JinjaException($"'{tag.Text}' outside of a loop", tag.Line),
            "break" => new LoopControlStatement(tag.Line, Signal.Break),
            "continue" => new LoopControlStatement(tag.Line, Signal.Continue),
            _ => throw new JinjaException($"unknown tag '{tag.Text}'", tag.Line),
        };
    }
}
