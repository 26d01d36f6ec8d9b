"""Commands that print figures. Each runs as `python -m benchmarks.NAME`."""
