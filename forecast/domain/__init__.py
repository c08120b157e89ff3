"""Pure: what the words mean and how they add up."""
