"""The command ``jainam-prop``: a person's way to the desk, with JSON for machines."""
