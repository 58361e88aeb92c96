"""How fast the tool is, and how that is measured: side by side in one run, since machines differ and are noisy."""
