"""The ways a job is done: over the topics, or by the service whose rows they are."""
