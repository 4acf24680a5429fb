"""Why a bank sends money back, in words: codes of ISO 20022 (ExternalReturnReason1Code) that transfers come with."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

CODES = {
    "AC01": _lazy("the account number is wrong"),
    "AC03": _lazy("the account number is wrong"),
    "AC04": _lazy("the account is closed"),
    "AC06": _lazy("the account is blocked"),
    "AC13": _lazy("the account is of a kind that can't be paid to"),
    "AC14": _lazy("the account can't be paid to in this way"),
    "AG01": _lazy("the account may not be paid to in this way"),
    "AG02": _lazy("the bank did not know this kind of transfer"),
    "AM02": _lazy("the amount is more than the bank allows"),
    "AM03": _lazy("the account does not take this currency"),
    "AM05": _lazy("the bank took it for a second one"),
    "AM09": _lazy("the amount was not the one agreed"),
    "BE01": _lazy("the account holder's name does not fit the account"),
    "BE04": _lazy("the account holder's address is missing"),
    "BE05": _lazy("the bank did not know who sent it"),
    "BE06": _lazy("the bank does not know the account holder"),
    "BE07": _lazy("our address was missing"),
    "CNOR": _lazy("the bank can't be reached in this way"),
    "CURR": _lazy("the account does not take this currency"),
    "CUST": _lazy("the account holder asked for that"),
    "DUPL": _lazy("the bank took it for a second one"),
    "FOCR": _lazy("it was called back"),
    "FR01": _lazy("the bank suspects fraud"),
    "MD07": _lazy("the account holder has died"),
    "MS02": _lazy("the account holder refused it, without a reason"),
    "MS03": _lazy("the bank gave no reason"),
    "NARR": "",
    "NOAS": _lazy("the account holder did not answer the bank"),
    "NOOR": _lazy("the bank did not know where it came from"),
    "RC01": _lazy("the bank's code (BIC) is wrong"),
    "RC03": _lazy("the bank's code is wrong"),
    "RC04": _lazy("the bank's code is wrong"),
    "RC07": _lazy("the bank's code (BIC) is wrong"),
    "RR01": _lazy("the bank needs more about who sent it"),
    "RR02": _lazy("the bank needs more about who sent it"),
    "RR03": _lazy("the bank needs more about who it is for"),
    "RR04": _lazy("the bank's rules do not allow it"),
    "RUTA": _lazy("the bank can't be reached in this way"),
    "TM01": _lazy("it came too late in the day"),
    "UPAY": _lazy("it was not due"),
}
CODE = re.compile(r"^([A-Z]{2}[A-Z0-9]{2})\b[\s:,.-]*")


def in_words(why: str) -> str:
    """What the bank said, its code in words and the code after them; what is no code that we know stays as it is."""
    found = CODE.match(why.strip())
    if found is None or found.group(1) not in CODES:
        return why.strip()
    code, more = found.group(1), why.strip()[found.end() :]
    words = ": ".join(part for part in (CODES[code], more) if part) or _("the bank gave no reason")
    return f"{words} ({code})"
