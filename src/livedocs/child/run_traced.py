"""Runs the program that is named after it, with its tasks traced."""

exec(__import__("livedocs_tracing").prepared(globals()))
