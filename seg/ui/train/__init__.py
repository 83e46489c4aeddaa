"""The page "train": page.py reads as the page reads."""
