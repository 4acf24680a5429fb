"""What the demo's contracts agree that can be measured: what is usual in the category, with these goods' figures."""

from dataclasses import replace

from orders.forms.typed import read_agreed, written_agreed
from orders.terms import LineTerms, Terms
from orders.terms.typical import with_typical


def measured(terms: Terms, category: str, **values: str) -> Terms:
    """The terms with typed ones for the first line; `values` by the first word of an attribute, as people type them.

    An attribute that no figure is known of is left out.
    """
    first, *others = terms.lines
    begun = with_typical(replace(terms, category=category, lines=(first,)), first)
    return replace(begun, lines=(_figured(begun.lines[0], values), *others))


def _figured(line: LineTerms, values: dict[str, str]) -> LineTerms:
    attributes = []
    for attribute in line.attributes:
        known = values.get(attribute.name.split()[0].lower(), written_agreed(attribute))
        if known:
            empty = {"value": "", "tolerance": "", "low": "", "high": "", "choices": ()}
            attributes.append(replace(attribute, **empty | read_agreed(attribute.kind, known)))
    return replace(line, attributes=tuple(attributes))
