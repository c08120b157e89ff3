"""The rim on the way in: files become validated tables."""
