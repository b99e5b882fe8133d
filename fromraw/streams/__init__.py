"""The order of examples, and batches."""
