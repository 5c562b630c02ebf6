"""Tests of the clock, file locks and throttle."""
