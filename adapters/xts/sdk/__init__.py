"""Symphony's own Python SDK, loaded unmodified from where the user has it."""
