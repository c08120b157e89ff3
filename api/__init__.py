"""The web service: one published snapshot as JSON and pages."""
