"""The page "results": page.py reads as the page reads."""
