"""Random references that people read aloud and type."""

import secrets

REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that reads like another


def new_reference() -> str:
    """A random order reference like TA-7K3M-Q9XD; random so that it tells nothing about how many orders there are."""
    letters = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
    return f"TA-{letters[:4]}-{letters[4:]}"
