"""The operator's tool: what `./lab` runs."""
