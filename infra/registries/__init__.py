"""What registries of container images say, and what is to be done about it."""
