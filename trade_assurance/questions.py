"""Questions and answers of the help centre, read from `templates/site/questions.txt`; its numbers are the rulebook's.

A line each: `# slug: topic`, `? question` (`! question` also stands on the landing page), a paragraph of the answer,
`-> route: words` for a link below it. They come in the reader's language, and so are they searched.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string

from trade_assurance import arrival
from trade_assurance.rulebook import Rulebook

HAN = "\u3400-\u9fff"  # Chinese is written without spaces between words
ASKING = re.compile(  # words of questions, which answers need not hold
    "请问|为什么|什么时候|什么|怎么样|怎么办|怎么|怎样|如何|是否|能否|可以|能不能|"
    "多少|多久|哪里|哪些|哪个|[吗呢吧了的我您你]"
)


@dataclass
class Question:
    """One question; `answer` is paragraphs, `link` a route and the words of a link, or None."""

    asked: str
    first: bool
    answer: list[str] = field(default_factory=list)
    link: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """All that it says, as `search` compares it."""
        return _plain(" ".join((self.asked, *self.answer)))


@dataclass
class Topic:
    """Questions that belong together."""

    slug: str
    title: str
    questions: list[Question] = field(default_factory=list)


def numbers(rules: Rulebook) -> dict:
    """What the answers name of a rulebook and of the settings."""
    return {
        "rules": rules,
        "limits": dict(rules.base_limit_usd),
        "arrival": {method: arrival.business_days(span) for method, span in rules.refund_arrival_days},
        "kept_years": settings.CONTRACTS_KEPT_YEARS,
        "wait_days": settings.ERASURE_WAIT_DAYS,
    }


def topics(rules: Rulebook) -> list[Topic]:
    """The whole help centre under one rulebook."""
    found = []
    for line in render_to_string("site/questions.txt", numbers(rules)).splitlines():
        mark, _space, words = line.partition(" ")
        match mark:
            case "":
                continue
            case "#":
                found.append(Topic(*words.split(": ", 1)))
            case "?" | "!":
                found[-1].questions.append(Question(words, first=mark == "!"))
            case "->":
                found[-1].questions[-1].link = tuple(words.split(": ", 1))
            case _:
                found[-1].questions[-1].answer.append(line)
    return found


def search(rules: Rulebook, query: str) -> list[Topic]:
    """Topics with only the questions that hold every word of `query`; all of them for an empty one."""
    everything = topics(rules)
    texts = {id(question): question.text for topic in everything for question in topic.questions}
    words = _words(query, lambda part: any(part in text for text in texts.values()))
    found = []
    for topic in everything:
        kept = [each for each in topic.questions if all(word in texts[id(each)] for word in words)]
        if kept:
            found.append(Topic(topic.slug, topic.title, kept))
    return found


def first_questions(rules: Rulebook) -> list[Question]:
    """The few that stand on the landing page."""
    return [question for topic in topics(rules) for question in topic.questions if question.first]


def _plain(text: str) -> str:
    """Without capitals, accents and wide forms of letters, which nobody needs to type to find something."""
    spread = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(letter for letter in spread if not unicodedata.combining(letter)).casefold()


def _words(query: str, is_said: Callable[[str], bool]) -> list[str]:
    """What must stand in an answer: the words between spaces, and of Chinese the longest parts that an answer says."""
    found = []
    for word in _plain(query).split():
        for part in re.findall(f"[{HAN}]+|[^{HAN}]+", word):
            if re.match(f"[{HAN}]", part):
                runs = [run for run in ASKING.split(part) if run]
                found += [each for run in runs for each in _parts(run, is_said)]
            elif bare := part.strip("?!.,;:¿¡“”«»，。？！、；：（）()"):
                found.append(bare)
    return found


def _parts(run: str, is_said: Callable[[str], bool]) -> list[str]:
    """A run of Chinese cut into the longest words that answers hold; as it is when they hold none of it."""
    found, at = [], 0
    while at < len(run):
        end = next((end for end in range(len(run), at + 1, -1) if is_said(run[at:end])), None)
        if end is not None:
            found.append(run[at:end])
        at = end or at + 1
    return found or [run]
