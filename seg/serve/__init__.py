"""What pages and programs share on a server: the queue, the caches, the limits, the HTTP API."""
