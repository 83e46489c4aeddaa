"""Masks as other programs write them: coloured, or as outlines in JSON; they become a dataset folder."""
