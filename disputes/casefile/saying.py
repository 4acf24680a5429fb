"""What `verify` says of a case file, in English on anybody's machine, as the page /verify/ says it to its reader."""

from collections.abc import Iterable

from django.utils.translation import gettext_noop as N_

from trade_assurance.retold import retold

TEMPLATES = (
    N_("This is no case file: it has no manifest.json."),
    N_("manifest.json was changed after it was signed."),
    N_("It cannot be read further: {error}."),
    N_("Event {event} follows event {before}: one was removed, added or moved."),
    N_("Event {event} does not chain to the event before it."),
    N_("Event {event} was changed."),
    N_("The chain ends with event {event}; it should end with {listed} as listed."),
    N_("{name} is missing: it was lost before this file was made."),
    N_("{name} is there {n} times."),
    N_("{name} was added."),
    N_("{name} was removed."),
    N_("{name} was changed."),
    N_("{name} is not the file that event {event} names."),
    N_("{name} is named by no event."),
    N_("The ledger does not add up at row {row}."),
    N_("The ledger leaves {held} in escrow; {listed} are listed."),
    N_("The personal values of event {event} are not those that it commits to."),
    N_("The proof does not lead from event {event} to the root of {day}."),
    N_("{n} files: none was changed, removed or added."),
    N_(
        "{n} files: none was changed, removed or added. "
        "Only its public part is here, the private part was left out as a whole."
    ),
    N_("{n} events: none was changed, removed, added or moved."),
    N_(
        "{n} events: none was changed, removed, added or moved. Of {hidden} of them only the hash is for this reader; "
        "it is checked as well, but for {old} that are too old for it."
    ),
    N_(
        "{n} events: none was changed, removed, added or moved. Of {hidden} of them only the hash is for this reader; "
        "it is checked as well."
    ),
    N_("{n} contracts, decisions, photos and pieces of evidence are those that the events name."),
    N_("{n} transfers add up to what escrow holds, {held} in minor units."),
    N_("{n} sets of personal values are those that their events commit to."),
    N_("No daily root covers this order yet; the next one is made at night."),
    N_("Events 1 to {event} are fixed by the root of {day}."),
)


def said(sentences: Iterable[str]) -> list[str]:
    """Sentences of `verify` in the reader's language."""
    return [retold(sentence, TEMPLATES) for sentence in sentences]
