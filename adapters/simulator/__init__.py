"""A simulated XTS server with an exchange in memory, for rehearsals, demonstrations and tests."""
