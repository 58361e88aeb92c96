"""The real programs that run on the test node in the place of images."""
