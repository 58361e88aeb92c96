"""A lab at DigitalOcean: what is wanted, what is there, and what must be done about it."""
