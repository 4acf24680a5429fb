"""Why a bank sends money back, in words: codes of ISO 20022 (ExternalReturnReason1Code) that transfers come with."""

import re

from django.utils.translation import gettext_noop

from payments.stored import said

CODES = {
    "AC01": gettext_noop("the account number is wrong"),
    "AC03": gettext_noop("the account number is wrong"),
    "AC04": gettext_noop("the account is closed"),
    "AC06": gettext_noop("the account is blocked"),
    "AC13": gettext_noop("the account is of a kind that can't be paid to"),
    "AC14": gettext_noop("the account can't be paid to in this way"),
    "AG01": gettext_noop("the account may not be paid to in this way"),
    "AG02": gettext_noop("the bank did not know this kind of transfer"),
    "AM02": gettext_noop("the amount is more than the bank allows"),
    "AM03": gettext_noop("the account does not take this currency"),
    "AM05": gettext_noop("the bank took it for a second one"),
    "AM09": gettext_noop("the amount was not the one agreed"),
    "BE01": gettext_noop("the account holder's name does not fit the account"),
    "BE04": gettext_noop("the account holder's address is missing"),
    "BE05": gettext_noop("the bank did not know who sent it"),
    "BE06": gettext_noop("the bank does not know the account holder"),
    "BE07": gettext_noop("our address was missing"),
    "CNOR": gettext_noop("the bank can't be reached in this way"),
    "CURR": gettext_noop("the account does not take this currency"),
    "CUST": gettext_noop("the account holder asked for that"),
    "DUPL": gettext_noop("the bank took it for a second one"),
    "FOCR": gettext_noop("it was called back"),
    "FR01": gettext_noop("the bank suspects fraud"),
    "MD07": gettext_noop("the account holder has died"),
    "MS02": gettext_noop("the account holder refused it, without a reason"),
    "MS03": gettext_noop("the bank gave no reason"),
    "NARR": "",
    "NOAS": gettext_noop("the account holder did not answer the bank"),
    "NOOR": gettext_noop("the bank did not know where it came from"),
    "RC01": gettext_noop("the bank's code (BIC) is wrong"),
    "RC03": gettext_noop("the bank's code is wrong"),
    "RC04": gettext_noop("the bank's code is wrong"),
    "RC07": gettext_noop("the bank's code (BIC) is wrong"),
    "RR01": gettext_noop("the bank needs more about who sent it"),
    "RR02": gettext_noop("the bank needs more about who sent it"),
    "RR03": gettext_noop("the bank needs more about who it is for"),
    "RR04": gettext_noop("the bank's rules do not allow it"),
    "RUTA": gettext_noop("the bank can't be reached in this way"),
    "TM01": gettext_noop("it came too late in the day"),
    "UPAY": gettext_noop("it was not due"),
}
CODE = re.compile(r"^([A-Z]{2}[A-Z0-9]{2})\b[\s:,.-]*")
CODE_AFTER = re.compile(r" \(([A-Z]{2}[A-Z0-9]{2})\)$")
NO_REASON = gettext_noop("the bank gave no reason")


def in_words(why: str) -> str:
    """What the bank said, its code in words and the code after them; what is no code that we know stays as it is.

    In English, for what is stored; `told` says it to a reader.
    """
    found = CODE.match(why.strip())
    if found is None or found.group(1) not in CODES:
        return why.strip()
    code, more = found.group(1), why.strip()[found.end() :]
    return f"{_words(CODES[code], more) or NO_REASON} ({code})"


def told(why: str) -> str:
    """What the bank said, or what `in_words` made of it before, in the reader's language."""
    english = in_words(why)
    found = CODE_AFTER.search(english)
    if found is None or found.group(1) not in CODES:
        return said(english)
    code, words = found.group(1), english[: found.start()]
    known = CODES[code]
    if known and (words == known or words.startswith(f"{known}: ")):
        words = _words(said(known), words[len(known) + 2 :])
    else:
        words = said(words)
    return f"{words} ({code})"


def _words(known: str, more: str) -> str:
    return ": ".join(part for part in (known, more) if part)
