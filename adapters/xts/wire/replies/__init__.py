"""Replies of the REST API as pydantic models, and their mapping to the domain."""
