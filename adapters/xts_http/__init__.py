"""Jainam's XTS servers over HTTP: round trips, mapping, retries and reconciliation."""
