"""Pipelines that turn published figures into an immutable release of the skills matrix."""
