"""The parts of the pages that links can open, for what visits them all."""

DATASET = (
    "Browse",
    "One image",
    "The whole set",
    "Map",
    "Label errors",
    "Augmentation",
    "Other data",
)
MISTAKES = ("images", "figures", "compare", "judged")
