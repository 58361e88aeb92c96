"""Stand-ins of paid model providers: each speaks its provider's own protocol and refuses what that refuses.

Shapes and codes are the providers'; the words of an error are ours. Sources stand where a fact is used.
"""
