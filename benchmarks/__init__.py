"""What is claimed about speed, runnable: `python -m benchmarks.NAME` prints a table."""
