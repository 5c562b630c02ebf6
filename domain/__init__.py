"""The rules of the trade: plain Python values and decisions, without input or output."""
