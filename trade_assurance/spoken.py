"""Compile the catalogues of `locale/` for gettext: `python -m trade_assurance.spoken`. Nothing from outside is needed.

Babel's own command takes a percent sign in a sentence for a format of Python's and refuses what has another one.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def main() -> None:
    for source in sorted(Path("locale").glob("*/LC_MESSAGES/django.po")):
        with source.open("rb") as texts, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(texts, locale=source.parent.parent.name))


if __name__ == "__main__":
    main()
