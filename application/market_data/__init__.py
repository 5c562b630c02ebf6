"""Reading quotes and history, and keeping subscriptions."""
