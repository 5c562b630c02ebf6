"""The installer, on hosts that are made up."""
