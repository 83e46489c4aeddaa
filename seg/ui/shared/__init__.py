"""What several pages share: the sidebar, pictures with captions, downloads, state in the address."""
