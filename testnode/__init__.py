"""A whole one-node Kubernetes cluster on this machine, for the project's tests and for people."""
