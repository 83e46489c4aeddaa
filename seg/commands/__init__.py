"""``python -m seg VERB``: one file a verb, each a thin wrapper over one function."""
