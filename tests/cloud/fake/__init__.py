"""DigitalOcean and Tailscale over HTTP, with a clock of their own, and a machine without a body."""
