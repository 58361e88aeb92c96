"""The documents that `./lab docs` makes from the code, from records and from manifests."""
