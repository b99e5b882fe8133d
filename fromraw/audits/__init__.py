"""What a person should know of the data before trusting a net: a file a question."""
