"""Photos by the million: on the machines of a Ray cluster, from and to object storage."""
