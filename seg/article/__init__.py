"""The article: its script as it is, what each correction brings, what was measured."""
