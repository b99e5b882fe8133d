"""How the representations of several inputs become one: a file a fusion."""
