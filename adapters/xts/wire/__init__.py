"""XTS in its own words: wire models and vocabulary, shared by client and simulator."""
