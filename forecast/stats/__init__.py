"""Pure: arrays in, arrays out; knows no trade and no region."""
