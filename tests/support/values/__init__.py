"""Values for pure tests: streams, turns and bills."""
