"""Pictures of what was learned and how well: a file a figure."""
