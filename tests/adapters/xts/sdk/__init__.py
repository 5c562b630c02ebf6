"""The adapter around Symphony's SDK."""
