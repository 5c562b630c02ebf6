"""The functions that OpenAlgo calls, in its words; each answers what the host reads and never raises for a refusal."""
