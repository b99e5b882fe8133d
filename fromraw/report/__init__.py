"""The page and the model card that a run leaves."""
