using MoE.Jinja.Expressions;
using MoE.Jinja.Statements;

namespace MoE.Jinja.Syntax;

/// <summary>This part has the tags one by one.</summary>
internal sealed partial class StatementParser
{
    private IfStatement If(int line)
    {
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        _expressions.Conditionals++;
        do
        {
            Expression test = _expressions.ParseTuple(withConditional: false);
            branches.Add((test, Body("elif", "else", "endif")));
        }
        while (_stream.SkipName("elif"));

        if (_stream.SkipName("else"))
            otherwise = Body("endif");
        _expressions.Conditionals--;
        _stream.ExpectName("endif");
        return new IfStatement(line, branches, otherwise);
    }

    private ForStatement For(int line)
    {
        Target target = Target(endName: "in");
        _stream.ExpectName("in");
        Expression items = _expressions.ParseTuple(withConditional: false, endName: "recursive");
        Expression? filter = _stream.SkipName("if") ? _expressions.Parse() : null;
        bool recursive = _stream.SkipName("recursive");
        _loops++;
        Block body = Body("endfor", "else");
        _loops--;
        Block? otherwise = _stream.SkipName("else") ? Body("endfor") : null;
        _stream.ExpectName("endfor");
        return new ForStatement(line, target, items, filter, recursive, body, otherwise);
    }

    private Statement Set(int line)
    {
        Target target = Target();
        if (_stream.SkipOperator("="))
            return new SetStatement(line, target, _expressions.ParseTuple());
        Expression text = new NameExpression(line, SetBlockStatement.BodyText);
        while (_stream.SkipOperator("|"))
            text = _expressions.Filter(text);
        return new SetBlockStatement(line, target, text, DetachedBody("endset"));
    }

    private SetBlockStatement FilterBlock(int line)
    {
        Expression text = _expressions.Filter(new NameExpression(line, SetBlockStatement.BodyText));
        while (_stream.SkipOperator("|"))
            text = _expressions.Filter(text);
        return new SetBlockStatement(line, null, text, DetachedBody("endfilter"));
    }

    private WithStatement With(int line)
    {
        var values = new List<(Target, Expression)>();
        while (_stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _stream.ExpectOperator(",");
            Target target = Target();
            _stream.ExpectOperator("=");
            values.Add((target, _expressions.Parse()));
        }

        return new WithStatement(line, values, WholeBody("endwith"));
    }

    private MacroStatement Macro(int line)
    {
        string name = _stream.Expect(TokenKind.Name, "the macro's name").Text;
        return new MacroStatement(line, MacroDefinition(name, Parameters(), "endmacro"));
    }

    private CallStatement Call(int line)
    {
        List<Parameter> parameters = _stream.Current.IsOperator("(") ? Parameters() : [];
        if (_expressions.Parse() is not CallExpression call)
            throw new JinjaException("expected a call", line);
        return new CallStatement(line, call, MacroDefinition("caller", parameters, "endcall"));
    }

    private List<Parameter> Parameters()
    {
        var parameters = new List<Parameter>();
        _stream.ExpectOperator("(");
        while (!_stream.SkipOperator(")"))
        {
            if (parameters.Count > 0)
                _stream.ExpectOperator(",");
            string name = _stream.Expect(TokenKind.Name, "a parameter's name").Text;
            Expression? value = _stream.SkipOperator("=") ? _expressions.Parse() : null;
            if (value is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw _stream.Error($"parameter '{name}' without a default follows one with a default");
            parameters.Add(new Parameter(name, value));
        }

        return parameters;
    }

    private MacroDefinition MacroDefinition(string name, List<Parameter> parameters, string end)
    {
        HashSet<string> outer = _expressions.NamesRead;
        _expressions.NamesRead = [];
        Block body = DetachedBody(end);
        HashSet<string> read = _expressions.NamesRead;
        outer.UnionWith(read);
        _expressions.NamesRead = outer;
        return new MacroDefinition(name, parameters, body, read.Contains("caller"), read.Contains("varargs"), read.Contains("kwargs"));
    }

    /// <summary>A body that a loop around it cannot be left from.</summary>
    private Block DetachedBody(string end)
    {
        int loops = _loops;
        _loops = 0;
        Block body = WholeBody(end);
        _loops = loops;
        return body;
    }

    /// <summary>What is assigned to: a name, a namespace's member, or several of them.</summary>
    private Target Target(string? endName = null)
    {
        var targets = new List<Target>();
        bool isTuple = false;
        do
        {
            if (targets.Count > 0 && (_stream.Current.IsOperator("=") || _stream.Current.IsOperator(")") || (endName is not null && _stream.Current.IsName(endName))))
                break;
            targets.Add(OneTarget());
        }
        while (_stream.SkipOperator(",") && (isTuple = true));

        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private Target OneTarget()
    {
        if (_stream.SkipOperator("("))
        {
            _stream.Enter();
            Target inner = Target();
            _stream.Leave();
            _stream.ExpectOperator(")");
            return inner;
        }

        Token name = _stream.Expect(TokenKind.Name, "a name to assign to");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None")
            throw new JinjaException($"cannot assign to '{name.Text}'", name.Line);
        if (!_stream.SkipOperator("."))
            return new NameTarget(name.Text);
        return new MemberTarget(name.Text, _stream.Expect(TokenKind.Name, "the member's name").Text);
    }
}
