"""What a person should know of a trained net before trusting it: a file a question."""
