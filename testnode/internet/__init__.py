"""The part of the internet that pods of the test node can reach: stand-ins of public hosts."""
