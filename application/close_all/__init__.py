"""The emergency close of all positions."""
