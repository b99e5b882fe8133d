"""Prepared columns as flat arrays on disk, and the cache that they lie in."""
