"""The test node itself."""
