"""What a raw input becomes: a file an encoder, each a model of its kind."""
