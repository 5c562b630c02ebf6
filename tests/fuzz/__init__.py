"""Fuzzing with atheris, outside CI: ``make fuzz``."""
