"""The breeds of Oxford-IIIT Pet, and what the name of a photo says of its pet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from seg.classes import PETS, Classes

CATS = (
    "Abyssinian",
    "Bengal",
    "Birman",
    "Bombay",
    "British_Shorthair",
    "Egyptian_Mau",
    "Maine_Coon",
    "Persian",
    "Ragdoll",
    "Russian_Blue",
    "Siamese",
    "Sphynx",
)
DOGS = (
    "american_bulldog",
    "american_pit_bull_terrier",
    "basset_hound",
    "beagle",
    "boxer",
    "chihuahua",
    "english_cocker_spaniel",
    "english_setter",
    "german_shorthaired",
    "great_pyrenees",
    "havanese",
    "japanese_chin",
    "keeshond",
    "leonberger",
    "miniature_pinscher",
    "newfoundland",
    "pomeranian",
    "pug",
    "saint_bernard",
    "samoyed",
    "scottish_terrier",
    "shiba_inu",
    "staffordshire_bull_terrier",
    "wheaten_terrier",
    "yorkshire_terrier",
)
_SPECIES = {breed.lower(): (breed, species) for species, breeds in (("cat", CATS), ("dog", DOGS)) for breed in breeds}


def breed_and_species(name: str, classes: Classes = PETS) -> tuple[str | None, str | None]:
    """``Abyssinian_12`` -> (``Abyssinian``, ``cat``), whatever letters of the breed are capitals.

    Names of other breeds than the official ones, such as ``photo_1``, say neither, and so do those of a dataset with
    other classes than the pets'.

    >>> from seg.data.breeds import breed_and_species
    >>> breed_and_species("Abyssinian_12"), breed_and_species("beagle_3"), breed_and_species("photo_1")
    (('Abyssinian', 'cat'), ('beagle', 'dog'), (None, None))
    """
    match = re.fullmatch(r"(.+)_\d+", name)
    if not match or classes != PETS:
        return None, None
    return _SPECIES.get(match[1].lower(), (None, None))


def are_of_oxford(names: Iterable[str]) -> bool:
    """Whether most of the names are those of photos of Oxford-IIIT Pet: a breed and a number."""
    breeds = [breed_and_species(name)[0] for name in names]
    return 2 * sum(breed is not None for breed in breeds) > len(breeds)
