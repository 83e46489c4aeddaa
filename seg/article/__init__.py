"""The article: its script as it is, what the corrections bring, what was measured."""
