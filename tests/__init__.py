"""Tests, laid out by layer."""
