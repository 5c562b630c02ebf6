"""Profiles of XTS brokers: what distinguishes one from another, as data."""
