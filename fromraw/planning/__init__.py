"""Every decision of a training, made before it starts, each with who made it and why."""
