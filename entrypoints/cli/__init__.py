"""The command ``jainam-prop``: trading from a terminal, with JSON for programs."""
