"""The page "inside": page.py reads as the page reads."""
