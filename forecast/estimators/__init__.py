"""One module per quantity that is estimated; no input or output."""
