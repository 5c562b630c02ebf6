"""A transcript of what goes over the wire, without anything private."""
