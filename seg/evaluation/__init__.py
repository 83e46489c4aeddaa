"""A network and a dataset become figures."""
