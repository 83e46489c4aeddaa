"""The breeds: invented ones, named for how they are drawn, so that no one takes them for the real ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seg.data.drawing.coats import WHITE, Coat


@dataclass(frozen=True)
class Build:
    """Proportions of an animal. Lengths are shares of the usual ones, so 1 is an ordinary cat or dog."""

    cat: bool
    head: float = 1.0
    muzzle: float = 0.5  # 0 flat, 1 long
    ears: str = "pointed"  # or "folded" or "floppy"
    ear: float = 1.0
    legs: float = 1.0
    girth: float = 1.0
    tail: str = "long"  # or "plume", "curl", "stub"
    hair: float = 0.012  # length of the tufts, in units
    beard: bool = False

    def varied(self, rng: np.random.Generator) -> Build:
        """The build of one animal of the breed: fatter, thinner, longer-legged, or still small."""
        head, ear, legs, girth = rng.normal(1, (0.05, 0.08, 0.06, 0.06)).tolist()
        if rng.uniform() < 0.15:  # the young have large heads and short legs
            head, legs = head * 1.22, legs * 0.8
        return replace(self, head=self.head * head, ear=self.ear * ear, legs=self.legs * legs, girth=self.girth * girth)


@dataclass(frozen=True)
class Breed:
    """A breed's name, its proportions, and the coats it comes in."""

    name: str
    build: Build
    coats: tuple[Coat, ...]

    @property
    def species(self) -> int:
        """1 for a cat, 2 for a dog, as in the official lists."""
        return 1 if self.build.cat else 2


AMBER, GREEN, BLUE, BROWN = (226, 164, 48), (142, 178, 72), (98, 160, 214), (104, 62, 28)
ROSE, LIVER, BLACK = (214, 132, 128), (76, 52, 48), (40, 34, 36)

CATS = (
    Breed(
        "Drawn_tabby",
        Build(cat=True),
        (
            Coat((186, 146, 104), GREEN, ROSE, stripes=(92, 66, 46)),
            Coat((224, 150, 76), AMBER, ROSE, stripes=(176, 92, 36)),
            Coat((160, 158, 156), GREEN, ROSE, stripes=(76, 74, 78), white=True),
            Coat((218, 146, 82), AMBER, ROSE, stripes=(178, 96, 40), white=True),
        ),
    ),
    Breed(
        "Drawn_tuxedo",
        Build(cat=True, girth=1.05),
        (Coat((48, 44, 50), GREEN, ROSE, white=True), Coat((112, 116, 126), AMBER, ROSE, white=True)),
    ),
    Breed(
        "Drawn_pointed",
        Build(cat=True, head=0.95, ear=1.2, legs=1.12, girth=0.88),
        (
            Coat((232, 218, 194), BLUE, LIVER, points=(82, 60, 52)),
            Coat((226, 222, 218), BLUE, (92, 84, 92), points=(116, 112, 124)),
            Coat((240, 226, 202), BLUE, ROSE, points=(206, 138, 90)),
        ),
    ),
    Breed(
        "Drawn_calico",
        Build(cat=True, girth=1.05),
        (
            Coat(WHITE, AMBER, ROSE, ((218, 138, 66), (54, 46, 48)), patch_size=0.24, ears=(218, 138, 66)),
            Coat((66, 54, 50), AMBER, LIVER, ((196, 120, 62), (160, 96, 52)), patch_size=0.11),
        ),
    ),
    Breed(
        "Drawn_plain",
        Build(cat=True, ear=0.85, girth=1.12),
        (
            Coat((118, 124, 136), AMBER, (74, 72, 82)),
            Coat((46, 42, 46), GREEN, BLACK),
            Coat((224, 152, 84), AMBER, ROSE),
            Coat(WHITE, BLUE, ROSE),
        ),
    ),
    Breed(
        "Drawn_fluffy",
        Build(cat=True, ear=0.95, girth=1.12, tail="plume", hair=0.055),
        (
            Coat((150, 116, 84), GREEN, ROSE, stripes=(84, 60, 44), white=True),
            Coat((234, 214, 186), AMBER, ROSE),
            Coat((126, 128, 138), AMBER, ROSE, white=True),
        ),
    ),
)

DOGS = (
    Breed(
        "drawn_spaniel",
        Build(cat=False, muzzle=0.55, ears="floppy", ear=1.2, legs=0.92, tail="plume", hair=0.03),
        (
            Coat(WHITE, BROWN, LIVER, ((140, 74, 38),), patch_size=0.26, ears=(130, 66, 34), white=True),
            Coat((184, 112, 58), BROWN, LIVER),
            Coat((50, 42, 42), BROWN, BLACK, white=True),
        ),
    ),
    Breed(
        "drawn_shepherd",
        Build(cat=False, head=0.94, muzzle=0.85, legs=1.05, tail="plume"),
        (
            Coat((196, 146, 92), BROWN, BLACK, saddle=(60, 50, 46), mask=(64, 52, 48)),
            Coat((178, 176, 176), BLUE, BLACK, saddle=(78, 82, 92), white=True),
        ),
    ),
    Breed(
        "drawn_terrier",
        Build(cat=False, muzzle=0.6, ears="folded", legs=0.9, tail="stub", hair=0.028, beard=True),
        (
            Coat((206, 168, 122), BROWN, BLACK, saddle=(110, 108, 112)),
            Coat((124, 122, 124), BROWN, BLACK),
            Coat((232, 218, 196), BROWN, BLACK),
        ),
    ),
    Breed(
        "drawn_spotted",
        Build(cat=False, muzzle=0.7, ears="floppy", ear=0.85, legs=1.1, girth=0.95),
        (
            Coat(WHITE, BROWN, BLACK, ((46, 42, 46),), patch_size=0.055, ears=(50, 44, 46)),
            Coat((236, 226, 208), BROWN, LIVER, ((134, 82, 48),), patch_size=0.06, ears=(126, 76, 46)),
        ),
    ),
    Breed(
        "drawn_merle",
        Build(cat=False, muzzle=0.75, ears="folded", tail="plume", hair=0.04),
        (
            Coat((148, 154, 164), BLUE, BLACK, ((62, 62, 70), (96, 100, 110)), patch_size=0.1, white=True),
            Coat((196, 158, 128), AMBER, LIVER, ((136, 84, 54),), patch_size=0.12, white=True),
        ),
    ),
    Breed(
        "drawn_snubnose",
        Build(cat=False, head=1.12, muzzle=0.05, ears="folded", ear=0.75, legs=0.8, girth=1.15, tail="curl"),
        (
            Coat((218, 182, 136), BROWN, BLACK, mask=(62, 50, 48), ears=(70, 56, 52)),
            Coat((70, 64, 64), BROWN, BLACK, white=True),
            Coat((176, 138, 104), BROWN, BLACK, stripes=(108, 78, 56), white=True),
        ),
    ),
)

# Cats and dogs in turn, so that even the smallest dataset has both.
BREEDS: tuple[Breed, ...] = tuple(breed for pair in zip(CATS, DOGS, strict=True) for breed in pair)
