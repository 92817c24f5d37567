"""How is a name answered that people bring from other packages.

Open `words` first, the tables, and then `answers`, the sentences. Nothing here may import anything
but errors: families, verbs and fits all answer by it.
"""

from mostlikely.peers.answers import (
    Answering,
    Declaring,
    absent,
    check_options,
    family_called,
    no_formula,
    no_parameter,
    no_word,
    plain,
    with_known_options,
)

__all__ = [
    "Answering",
    "Declaring",
    "absent",
    "check_options",
    "family_called",
    "no_formula",
    "no_parameter",
    "no_word",
    "plain",
    "with_known_options",
]
