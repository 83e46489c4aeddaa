"""How fast and how large: engines, visitors, training, the limit of the machine."""
