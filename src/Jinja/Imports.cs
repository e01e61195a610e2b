global using MoE.Jinja.Builtins;
global using MoE.Jinja.Operations;
global using MoE.Jinja.Text;
global using MoE.Jinja.Values;
