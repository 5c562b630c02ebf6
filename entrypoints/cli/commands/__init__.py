"""The commands of ``jainam-prop``."""
