"""The in-memory fake broker."""
