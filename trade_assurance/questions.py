"""Questions and answers of the help centre, read from `templates/site/questions.txt`; its numbers are the rulebook's.

A line each: `# slug: topic`, `? question` (`! question` also stands on the landing page), a paragraph of the answer,
`-> route: words` for a link below it.
"""

from dataclasses import dataclass, field

from django.template.loader import render_to_string

from trade_assurance.rulebook import Rulebook


@dataclass
class Question:
    """One question; `answer` is paragraphs, `link` a route and the words of a link, or None."""

    asked: str
    first: bool
    answer: list[str] = field(default_factory=list)
    link: tuple[str, str] | None = None

    def speaks_of(self, words: list[str]) -> bool:
        text = " ".join((self.asked, *self.answer)).casefold()
        return all(word in text for word in words)


@dataclass
class Topic:
    """Questions that belong together."""

    slug: str
    title: str
    questions: list[Question] = field(default_factory=list)


def topics(rules: Rulebook) -> list[Topic]:
    """The whole help centre under one rulebook."""
    around = {"rules": rules, "limits": dict(rules.base_limit_usd), "arrival": dict(rules.refund_arrival_days)}
    found = []
    for line in render_to_string("site/questions.txt", around).splitlines():
        mark, _, words = line.partition(" ")
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
    words = query.casefold().split()
    found = []
    for topic in topics(rules):
        if questions := [question for question in topic.questions if question.speaks_of(words)]:
            found.append(Topic(topic.slug, topic.title, questions))
    return found


def first_questions(rules: Rulebook) -> list[Question]:
    """The few that stand on the landing page."""
    return [question for topic in topics(rules) for question in topic.questions if question.first]
