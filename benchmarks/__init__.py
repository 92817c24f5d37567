"""Speed, memory and digits against installed peers: ``python -m benchmarks``."""
