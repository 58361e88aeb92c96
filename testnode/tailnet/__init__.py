"""A tailnet on this machine: the real tailscaled, with headscale in the place of Tailscale's own servers."""
