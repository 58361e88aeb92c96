"""The memory plan on a real card: files of real shapes, real engines, and what the driver says they take."""
