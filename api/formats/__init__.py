"""One module per format: the same columns as bytes."""
