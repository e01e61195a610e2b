using MoE.Faults;

// dotnet run -c Release --project tests/faults -- all
return await FaultCommand.RunAsync(args);
