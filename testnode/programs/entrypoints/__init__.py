"""Scripts at the entrypoint paths of the stand-in images; they run inside those."""
