"""Reading books, reconciling positions, smart orders and conversions."""
