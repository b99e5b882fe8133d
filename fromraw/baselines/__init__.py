"""Cheap, strong, shallow methods on the same rows, without which no score means anything: a file a baseline."""
