"""What several pages share: the sidebar, what the visitor has chosen, classes, pictures, downloads, errors."""
