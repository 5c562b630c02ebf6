"""Benchmarks, each gated against a control measured in the same run."""
