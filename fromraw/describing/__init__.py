"""What the data are: one reading of all rows, which columns there are, and what is wrong with them."""
