"""Why a bank sends money back, in words: codes of ISO 20022 (ExternalReturnReason1Code) that transfers come with."""

import re

CODES = {
    "AC01": "the account number is wrong",
    "AC03": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AC13": "the account is of a kind that can't be paid to",
    "AC14": "the account can't be paid to in this way",
    "AG01": "the account may not be paid to in this way",
    "AG02": "the bank did not know this kind of transfer",
    "AM02": "the amount is more than the bank allows",
    "AM03": "the account does not take this currency",
    "AM05": "the bank took it for a second one",
    "AM09": "the amount was not the one agreed",
    "BE01": "the account holder's name does not fit the account",
    "BE04": "the account holder's address is missing",
    "BE05": "the bank did not know who sent it",
    "BE06": "the bank does not know the account holder",
    "BE07": "our address was missing",
    "CNOR": "the bank can't be reached in this way",
    "CURR": "the account does not take this currency",
    "CUST": "the account holder asked for that",
    "DUPL": "the bank took it for a second one",
    "FOCR": "it was called back",
    "FR01": "the bank suspects fraud",
    "MD07": "the account holder has died",
    "MS02": "the account holder refused it, without a reason",
    "MS03": "the bank gave no reason",
    "NARR": "",
    "NOAS": "the account holder did not answer the bank",
    "NOOR": "the bank did not know where it came from",
    "RC01": "the bank's code (BIC) is wrong",
    "RC03": "the bank's code is wrong",
    "RC04": "the bank's code is wrong",
    "RC07": "the bank's code (BIC) is wrong",
    "RR01": "the bank needs more about who sent it",
    "RR02": "the bank needs more about who sent it",
    "RR03": "the bank needs more about who it is for",
    "RR04": "the bank's rules do not allow it",
    "RUTA": "the bank can't be reached in this way",
    "TM01": "it came too late in the day",
    "UPAY": "it was not due",
}
CODE = re.compile(r"^([A-Z]{2}[A-Z0-9]{2})\b[\s:,.-]*")


def in_words(why: str) -> str:
    """What the bank said, its code in words and the code after them; what is no code that we know stays as it is."""
    found = CODE.match(why.strip())
    if found is None or found.group(1) not in CODES:
        return why.strip()
    code, more = found.group(1), why.strip()[found.end() :]
    words = ": ".join(part for part in (CODES[code], more) if part) or "the bank gave no reason"
    return f"{words} ({code})"
