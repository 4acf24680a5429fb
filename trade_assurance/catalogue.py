"""The catalogues of translations in `locale/`: which messages the code and the templates have, and what is missing.

Babel keeps the files; messages of templates are read from the compiled templates, where `{% say %}` knows them.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template import engines
from django.template.base import Node, Variable
from django.templatetags.i18n import TranslateNode
from django.utils.translation import to_locale
from django_cotton.templatetags import InlineTemplate
from django_cotton.templatetags._component import CottonComponentNode, PreparedValue

from trade_assurance.templatetags.say import SayNode

KEYWORDS = DEFAULT_KEYWORDS | {
    "_lazy": None,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
APPS = (
    "trade_assurance",
    "events",
    "ledger",
    "accounts",
    "suppliers",
    "orders",
    "payments",
    "disputes",
    "notifications",
)
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plurals}\\n"\n\n'
PLACEHOLDER = re.compile(r"\{\w*\}|</?[A-Za-z]\w*>|%\(\w+\)s|%s")


def languages() -> list[str]:
    """The languages that have a catalogue: all but the one that the code is written in."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def path(language: str) -> Path:
    return settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    """The catalogue of a language as it stands in `locale/`; an empty one when there is none."""
    if not path(language).exists():
        return Catalog(locale=to_locale(language))
    with path(language).open("rb") as file:
        return read_po(file, locale=to_locale(language))


def written(language: str) -> bytes:
    """What `locale/` should hold for a language: today's messages, with the translations that there are."""
    old, catalog = load(language), Catalog(locale=to_locale(language), charset="utf-8", fuzzy=False)
    for message in messages():
        if message.id:
            kept = old.get(message.id[0] if message.pluralizable else message.id, message.context)
            text = kept.string if kept is not None and kept.pluralizable == message.pluralizable else None
            catalog.add(message.id, text, message.locations, context=message.context)
    file = io.BytesIO()
    write_po(file, catalog, width=0, sort_output=True, omit_header=True, include_lineno=False)
    return HEAD.format(plurals=catalog.plural_forms).encode() + file.getvalue()


def messages() -> Catalog:
    """Every message of the code and the templates, with the files that say it."""
    found = Catalog()
    for where, context, ids in (*_of_templates(), *_of_code()):
        found.add(ids, locations=[(where, 0)], context=context)
    return found


def missing(language: str) -> list[str]:
    """Messages of today that a language does not say, or says with other placeholders than the message has."""
    catalog, lacking = load(language), []
    for message in messages():
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        kept = catalog.get(ids[0], message.context)
        texts = () if kept is None else kept.string if isinstance(kept.string, tuple) else (kept.string,)
        whole = texts and all(texts) and not kept.fuzzy
        if not whole or any(_slots(text) not in [_slots(one) for one in ids] for text in texts):
            lacking.append(ids[0])
    return lacking


def _slots(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def _of_code() -> Iterator[tuple]:
    for app in APPS:
        for file in sorted((settings.BASE_DIR / app).rglob("*.py")):
            where = file.relative_to(settings.BASE_DIR).as_posix()
            with file.open("rb") as source:
                for _line, ids, _comments, context in extract("python", source, KEYWORDS):
                    yield where, context, ids


def _of_templates() -> Iterator[tuple]:
    engine = engines["django"].engine
    root = settings.BASE_DIR / "templates"
    for file in sorted(root.rglob("*.*")):
        where = file.relative_to(settings.BASE_DIR).as_posix()
        for node in _nodes(engine.get_template(file.relative_to(root).as_posix()).nodelist):
            if isinstance(node, SayNode):
                ids = (node.singular.id, node.plural.id) if node.plural else node.singular.id
                yield where, node.context or None, ids
            elif isinstance(node, TranslateNode) and isinstance(node.filter_expression.var, Variable):
                yield where, None, node.filter_expression.var.literal


def _nodes(nodes) -> Iterator[Node]:
    """Nodes of a template and all within them, also those in the attributes of components."""
    for node in nodes:
        yield node
        for name in getattr(node, "child_nodelists", ()):
            yield from _nodes(getattr(node, name, None) or ())
        if isinstance(node, CottonComponentNode):
            for attr in node._prepared_attrs:
                held = attr.compiled._template if isinstance(attr.compiled, PreparedValue) else attr.compiled
                if isinstance(held, InlineTemplate):
                    yield from _nodes(held.nodelist)
