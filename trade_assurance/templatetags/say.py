"""`{% say %}`: a sentence of a page in the reader's language, with whatever stands in it.

Django's `blocktranslate` takes variables only. Our sentences hold components and links (`<c-when>`, `<c-money>`,
`<a href="{% url … %}">`), which each language puts where it wants them. So here every node becomes a placeholder and
every HTML tag loses its attributes in the message: `{% say %}Pay by <c-when :at="due_at" />, see <a class="link"
href="/x">fees</a>.{% endsay %}` is "Pay by {due_at}, see <a>fees</a>." in the catalogue. ADR 27.
"""

import re

from django import template
from django.template.base import Node, NodeList, TextNode, VariableNode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from django_cotton.templatetags._component import CottonComponentNode

register = template.Library()

_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)([^<>]*)>")
_HOLE = re.compile(r"\x00(\d+)\x00")
_SLOT = re.compile(r"\{(\w+)\}|<(/?[A-Za-z]\w*)>")


class Message:
    """One form of a sentence: what the catalogue calls it, and what each of its placeholders renders."""

    def __init__(self, nodes: NodeList):
        self.nodes = nodes
        self.slots: dict[str, list[Node]] = {}
        held = list(nodes)
        source = "".join(node.s if isinstance(node, TextNode) else f"\0{n}\0" for n, node in enumerate(held))
        if "{" in source or "}" in source:
            raise template.TemplateSyntaxError("A sentence has no braces of its own: they name its placeholders.")

        def pieces(text: str) -> list[Node]:
            parts = _HOLE.split(text)
            return [held[int(part)] if n % 2 else TextNode(part) for n, part in enumerate(parts) if part]

        opened: list[str] = []

        def tag(found: re.Match) -> str:
            closing, name, _attributes = found.groups()
            if closing:
                key = opened.pop() if opened else name
                self.slots[f"/{key}"] = [TextNode(f"</{name}>")]
                return f"</{key}>"
            key = self._own(name, found.group(0), pieces)
            if name not in ("br", "wbr"):
                opened.append(key)
            return f"<{key}>"

        def hole(found: re.Match) -> str:
            node = held[int(found.group(1))]
            return "{" + self._own(_name(node), found.group(0), pieces) + "}"

        self.id = " ".join(_HOLE.sub(hole, _TAG.sub(tag, source)).split())
        self.parts = self.read(self.id)

    def _own(self, name: str, text: str, pieces) -> str:
        """The name of a placeholder, numbered when another thing of the sentence has it already."""
        key, n = name, 1
        while key in self.slots:
            n += 1
            key = f"{name}{n}"
        self.slots[key] = pieces(text)
        return key

    def read(self, text: str) -> list[Node]:
        """A translation as nodes to render in its own order. Raises KeyError for a placeholder that is not ours."""
        found, at = [], 0
        for slot in _SLOT.finditer(text):
            found += [TextNode(text[at : slot.start()]), *self.slots[slot.group(1) or slot.group(2)]]
            at = slot.end()
        return [*found, TextNode(text[at:])]


def _name(node: Node) -> str:
    """A word for the translator: the last name of a variable, what a component shows, or the tag's own name."""
    if isinstance(node, VariableNode):
        path = str(getattr(node.filter_expression.var, "var", "value"))
    elif isinstance(node, CottonComponentNode):
        shown = next((str(node.attrs[key]) for key in (":at", ":minor", ":until", ":stars") if key in node.attrs), "")
        path = shown.strip("\"'") or node.component_name
    else:
        path = type(node).__name__.removesuffix("Node").lower()
    words = [word for word in re.split(r"\W+", path) if word and not word.isdigit()]
    return words[-1] if words else "value"


class SayNode(Node):
    child_nodelists = ("one", "many")

    def __init__(self, one: NodeList, many: NodeList, count, context: str):
        self.one, self.many, self.count, self.context = one, many, count, context
        self.singular = Message(one)
        self.plural = Message(many) if count is not None else None
        self._read: dict[str, list[Node]] = {}
        for message in filter(None, (self.singular, self.plural)):
            self._read[message.id] = message.parts
            if not re.search(r"\w", _SLOT.sub("", message.id)):
                raise template.TemplateSyntaxError(f"Nothing to say in {{% say %}}: {message.id!r}")

    def render(self, context):
        text = self._text(context)
        nodes = self._read.get(text)
        if nodes is None:
            nodes = self._read[text] = self._nodes(text)
        return mark_safe("".join(node.render_annotated(context) for node in nodes))

    def _text(self, context) -> str:
        one, more = self.singular.id, self.context
        if self.plural is None:
            return pgettext(more, one) if more else gettext(one)
        n = self.count.resolve(context)
        n = len(n) if hasattr(n, "__len__") and not isinstance(n, str) else int(n or 0)
        return npgettext(more, one, self.plural.id, n) if more else ngettext(one, self.plural.id, n)

    def _nodes(self, text: str) -> list[Node]:
        """A translation's nodes; what it cannot name in one form, it finds in the other."""
        for message in (self.plural, self.singular):
            if message is not None:
                try:
                    return message.read(text)
                except KeyError:
                    continue
        return self.singular.parts  # a placeholder nobody has: better English than an error; a test forbids it


@register.tag
def say(parser, token):
    """`{% say %}…{% endsay %}`, `{% say count=n %}one{% plural %}many{% endsay %}`, `{% say context="noun" %}…`."""
    options = dict(bit.partition("=")[::2] for bit in token.split_contents()[1:])
    count = parser.compile_filter(options.pop("count")) if "count" in options else None
    context = options.pop("context", "").strip("\"'")
    if options:
        raise template.TemplateSyntaxError(f"say takes count and context, not {', '.join(options)}.")
    one, many = parser.parse(("plural", "endsay")), NodeList()
    if parser.next_token().contents == "plural":
        many = parser.parse(("endsay",))
        parser.delete_first_token()
    if bool(many) != (count is not None):
        raise template.TemplateSyntaxError("say has both count=… and {% plural %}, or neither.")
    return SayNode(one, many, count, context)
