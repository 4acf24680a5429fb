"""What journeys of money share: staff at the desk in Chromium, and a bank that tells of each day in one file."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from ledger.proof import prove
from orders import books
from orders.models import ReferenceRate
from payments import figures, tasks
from payments.models import DailyClose
from payments.models.closing import Level
from tests import stories
from tests.browsing import SHOTS
from tests.payments import bank_files
from tests.payments.bank_files import Line
from tests.payments.batching import OWN, use_files
from tests.payments.test_finance import by_ledger
from tests.stories import DAY, NOW
from tests.test_journey import Desk
from trade_assurance.money import CURRENCIES, display, format_amount

OWN_FUNDS = 1_000_00
WIRES = OWN["USD"]["iban"]  # the account that the bank's files are of


class Bank:
    """Our account at a bank. Each file goes on from the one before; money for a supplier names its account."""

    def __init__(self):
        self.minor, self.files = OWN_FUNDS, 0

    def tells(self, now: datetime, *lines: Line) -> bytes:
        """The camt.053 of a day."""
        self.files += 1
        lines = [
            replace(line, day=f"{now:%Y-%m-%d}", ref=line.ref or f"B{self.files:03}-{number}")
            for number, line in enumerate(lines, 1)
        ]
        opening = f"{self.minor / 100:.2f}"
        self.minor += int(sum(line.moved for line in lines) * 100)
        return bank_files.camt(WIRES, *lines, number=str(self.files), opening=opening, day=f"{now:%Y-%m-%d}")


def transfer(order, amount: str, text: str = "", **more) -> Line:
    """A transfer that a buyer sends for an order, to its supplier's designated account."""
    return Line(amount, text, own=order.supplier.designated_account.number, **more)


def set_up(settings):
    """Transfers in files, and our own money at the bank, as it is when the product earns its keep."""
    use_files(settings)
    settings.SANDBOX_BANK_DELAY = 0
    with transaction.atomic():
        books.own_funds(amount_minor=OWN_FUNDS, currency="USD", key="start", now=NOW - DAY)


def of_staff(name: str, group: str):
    """A person of a group of the staff, read anew because permissions are kept on the instance."""
    person = stories.person(f"{name}@staff.test", full_name=f"{name.title()} Staff", is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return type(person).objects.get(pk=person.pk)


class Staff(Desk):
    """One of the staff at the admin, who has signed in just now."""

    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self.page.set_default_timeout(8000)

    def sign_in(self):
        client = Client()
        client.force_login(self.user)
        session = client.session
        proof = {"method": "password", "at": time.time(), "reauthenticated": True}
        session["account_authentication_methods"] = [proof]
        session["account_authentication_methods_user"] = str(self.user.pk)
        session.save()
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        self.context.add_cookies([cookie | {"url": self.url}])
        return self

    def open(self, name, *ids):
        """A page of the admin by the name of its route."""
        page = self.go(reverse(f"admin:{name}", args=ids))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
        return page

    def press(self, name):
        """A button, in the form of the page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).last.click()

    def follow(self, name):
        """A link by the end of its name: before it stands that of its icon."""
        with self.page.expect_navigation():
            self.link(name).click()

    def link(self, name):
        return self.page.get_by_role("link", name=re.compile(rf"(^|\s){name}$")).locator("visible=true").first

    def reads(self, *texts):
        for text in texts:
            self.page.get_by_text(text).locator("visible=true").first.wait_for(timeout=5000)

    def upload(self, content: bytes, name="statement.xml"):
        """Import a bank's file, and stay at the page that says what became of it."""
        self.open("payments_statementfile_changelist")
        self.follow("Import a file")
        self.page.get_by_label("Statement file").set_input_files(
            {"name": name, "mimeType": "application/xml", "buffer": content}
        )
        self.press("Import")

    def keep(self, name):
        """A picture for a person to look at, if asked for."""
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{name}-{self.page.viewport_size['width']}.png", full_page=True)


def day_ends(finance: Staff, clock, day: datetime, *, explained=()) -> None:
    """The day is closed without differences; the finance desk shows what the ledger's transfers add up to."""
    night = datetime(day.year, day.month, day.day, 0, 10, tzinfo=UTC) + DAY
    for currency in set(CURRENCIES) - {"USD"}:
        ReferenceRate.objects.get_or_create(currency=currency, on=day.date(), defaults={"usd_per_unit": "1.1"})
    clock(night, finance)
    tasks.close_the_day()
    close = DailyClose.objects.latest("id")
    told = list(close.lines.order_by("id"))
    assert [line.sentence for line in told if line.level != Level.EXPLAINED] == []
    assert [line.check_name for line in told] == list(explained), [line.sentence for line in told]
    finance.open("payments_dailyclose_change", close.pk)
    finance.reads(close.get_verdict_display(), "Holds")
    page = finance.go(reverse("finance"))
    finance.reads("Nothing alarms: the last close, the proof of the books and the reference rates are in order.")
    assert prove() == []
    table, truth, shown = page.locator("table.finance-now").first, by_ledger(), {}
    codes = table.locator("thead th").all_inner_texts()[1:]
    for row in table.locator("tbody tr").all():
        name = row.locator("th").evaluate("th => th.firstChild.textContent").strip()
        shown[name] = dict(zip(codes, row.locator("td").all_inner_texts(), strict=True))
    for name, _, kinds, sign in figures.NOW:
        for code in codes:
            minor = sign * sum(truth.get((kind, code), 0) for kind in kinds)
            assert shown[name][code].strip() == format_amount(minor, code), (name, display(minor, code))
