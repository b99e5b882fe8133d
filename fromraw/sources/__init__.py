"""Raw cells, wherever they lie: a file a kind of place."""
