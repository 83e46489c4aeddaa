"""Names of files as people read them: some are no UTF-8, some write one letter in two ways, some are too long."""

from __future__ import annotations

import os
import unicodedata

# Encrypted home folders (eCryptfs) allow names of 143 bytes, other systems 255. What is added to a stem needs the rest.
STEM_BYTES = 110
# Zero-width joiners are no letters: they say how those beside them are drawn, in Persian, in Hindi and in emoji.
JOINERS = "\u200c\u200d"


def readable_name(name: str) -> str:
    """The name of a file as text that can be printed, drawn and compared, in Unicode's form NFC.

    macOS writes ``é`` as two characters, other systems write one. Bytes that are no UTF-8, as old ZIP files have them
    and Linux keeps them, are read as Windows-1252. What no screen shows becomes U+FFFD.
    """
    try:
        text = text_of(os.fsencode(name))
    except UnicodeEncodeError:  # a name that did not come from this system's disk
        text = name
    text = unicodedata.normalize("NFC", text)
    return "".join(character if character.isprintable() or character in JOINERS else "\ufffd" for character in text)


def storable_name(name: str) -> str:
    """The name with ``_`` for letters that this system's disk has none for: its locale may not be UTF-8."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return "".join(letter if letter.isascii() else "_" for letter in name)
    return name


def text_of(data: bytes) -> str:
    """Bytes as text: UTF-8, with or without a byte order mark, else Windows-1252."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def shortened(text: str, most: int = STEM_BYTES) -> str:
    """The beginning of a text that takes at most so many bytes in UTF-8; no character is cut apart."""
    return text.encode("utf-8", errors="replace")[:most].decode("utf-8", errors="ignore")


def compared(name: str) -> str:
    """The same for two names that some file system takes for one: it may ignore case and Unicode's forms."""
    return unicodedata.normalize("NFC", name).casefold()
