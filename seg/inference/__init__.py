"""A photo becomes a Segmentation."""
