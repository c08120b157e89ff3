"""Tidy tables of yearly series in CSV and Parquet, read and written piece by piece."""
