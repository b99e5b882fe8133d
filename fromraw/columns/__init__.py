"""What a cell means: how it is recognized, stored, batched, augmented and shown again; a file a type."""
