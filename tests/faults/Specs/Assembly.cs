// Each spec starts processes and injects faults in their midst; two at once would be faults of each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
