"""Logging in once a day, caching the session and renewing it."""
