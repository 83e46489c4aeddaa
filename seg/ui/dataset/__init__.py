"""The page "dataset": page.py reads as the page reads."""
