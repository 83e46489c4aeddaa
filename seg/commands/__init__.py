"""``python -m seg VERB``: a file a verb, each a thin wrapper over one function of the rooms below."""
