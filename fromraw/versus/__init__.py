"""Runs against one another: by their answers to the same rows, and by how they were made."""
