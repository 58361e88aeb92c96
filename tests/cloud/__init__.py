"""Droplets, volumes, tailnets: what `infra` does with them, against stand-ins that speak HTTP."""
