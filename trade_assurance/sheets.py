"""What we write into tables that people open in a spreadsheet."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def typed_cell(text: str) -> str:
    """What a person meant by a cell: without the mark that `cell` puts before a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
