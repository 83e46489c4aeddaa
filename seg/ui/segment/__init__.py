"""The page "segment": page.py reads as the page reads."""
