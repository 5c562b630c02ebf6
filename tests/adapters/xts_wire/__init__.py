"""Reading what XTS writes."""
