"""Positions: net quantities, smart-order and close-all plans, conversions, holdings and funds."""
