"""Orders: requests, states, validation, slicing, linked orders and the journal of intents."""
