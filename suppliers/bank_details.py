"""A bank account that we may pay to: what is needed for it, checked by standard, and written as banks write it."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from trade_assurance.refused import Refused

# What SWIFT and SEPA let a text hold (EPC217-08); everything else is written with these.
ALLOWED = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]")
SPELLED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "TH",
        "ł": "l",
        "Ł": "L",
        "ħ": "h",
        "Ħ": "H",
        "ı": "i",
        "&": "+",
        "_": "-",
        "–": "-",
        "—": "-",
        "’": "'",
        "‘": "'",
        "`": "'",
        "@": "(at)",
        "\t": " ",
        "\n": " ",
    }
)
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9\-/]{2,32}[A-Z0-9]")


def swift_text(text: str, most: int) -> str:
    """The text in the characters that every bank takes, at most `most` of them; what has no such form is a point."""
    spelled = unicodedata.normalize("NFKD", text.translate(SPELLED))
    plain = "".join(
        character if ALLOWED.fullmatch(character) else "."
        for character in spelled
        if not unicodedata.combining(character)
    )
    plain = " ".join(re.sub(r"/{2,}", "/", plain).split())
    return plain[:most].strip("/ ")


def is_latin(text: str) -> bool:
    """Whether each letter has a form that every bank takes."""
    spelled = unicodedata.normalize("NFKD", text.translate(SPELLED))
    return all(ALLOWED.fullmatch(character) for character in spelled if character.isalpha())


@dataclass(frozen=True)
class BankDetails:
    """One account: an IBAN, or a number with the bank's BIC; as `checked` made it."""

    holder: str
    country: str  # of the bank, ISO 3166-1 alpha-2
    iban: str = ""
    number: str = ""
    bic: str = ""
    bank_name: str = ""

    @property
    def masked(self) -> str:
        """Its last four letters or digits, for pages, mails and events."""
        return f"···· {re.sub(r'[^A-Z0-9]', '', self.iban or self.number)[-4:]}"


def checked(
    *, holder: str, country: str, iban: str = "", number: str = "", bic: str = "", bank_name: str = ""
) -> BankDetails:
    """The account, in the form in which it is stored. Raises Refused at the field that is wrong."""
    holder, bank_name = " ".join(holder.split()), " ".join(bank_name.split())
    if not holder or not is_latin(holder) or not swift_text(holder, 140).strip("."):
        raise Refused(
            _("Write the holder in Latin letters, as the bank has it: banks pass on no others."), field="holder"
        )
    number = re.sub(r"\s", "", number).upper()
    iban, bic = _iban(iban), _bic(bic)
    if bool(iban) == bool(number):
        said = _("Enter the IBAN. Where the bank has none, enter the account number instead.")
        raise Refused(_("Enter the IBAN or the account number, not both.") if iban else said, field="iban")
    if iban:
        if country and country != iban[:2]:
            raise Refused(
                _("This IBAN is of {country}, not of the country that you chose.").format(country=iban[:2]),
                field="country",
            )
        return BankDetails(holder, iban[:2], iban=iban, bic=bic, bank_name=bank_name)
    if not NUMBER.fullmatch(number):
        raise Refused(_("Enter 4 to 34 letters and digits, as on a statement of the account."), field="number")
    if not bic:
        raise Refused(_("Without an IBAN the bank's BIC is needed: 8 or 11 characters."), field="bic")
    if not bank_name:
        raise Refused(_("Enter the bank's name."), field="bank_name")
    if not country or bic[4:6] != country:
        raise Refused(
            _("This BIC is of a bank in {country}. Choose that country, or check the BIC.").format(country=bic[4:6]),
            field="country",
        )
    return BankDetails(holder, country, number=number, bic=bic, bank_name=bank_name)


def _iban(typed: str) -> str:
    try:
        return ibans.validate(typed) if typed.strip() else ""
    except ValidationError as error:
        raise Refused(
            _("This is not a valid IBAN: its check digits do not fit. Compare it with a statement."), field="iban"
        ) from error


def _bic(typed: str) -> str:
    try:
        return bics.validate(typed) if typed.strip() else ""
    except ValidationError as error:
        raise Refused(
            _("This is not a BIC. It has 8 or 11 letters and digits, such as CITIUS33."), field="bic"
        ) from error
