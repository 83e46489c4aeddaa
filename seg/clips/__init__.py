"""Moving pictures: GIF, animated WebP, PNG and AVIF, and videos become clips of the subject without its background."""
