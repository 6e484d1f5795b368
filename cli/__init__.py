"""The `tollhouse` command."""
