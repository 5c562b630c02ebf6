"""Market-data messages: JSON, partial text and binary."""
