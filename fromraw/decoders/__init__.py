"""What is read out of a representation, and how wrong it is: a file a decoder."""
