"""A network and a dataset become metrics."""
