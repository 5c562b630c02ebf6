"""Use cases and their rules, on fakes."""
