"""Tables and JSON documents that the commands show."""
