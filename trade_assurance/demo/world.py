"""The demo's world: a dozen suppliers and their orders, in every state that an order can be in."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import mails
from notifications import fanout, inbox
from orders import books
from trade_assurance.demo import bank, rates, standing, wares
from trade_assurance.demo.cast import gather
from trade_assurance.demo.stage import FOUNDED_DAYS, Stage
from trade_assurance.demo.stories import STORIES
from trade_assurance.demo.till import Till

UNREAD = timedelta(days=1)  # what happened since then nobody has read yet
OWN_FUNDS = {"USD": 10_000_00, "EUR": 5_000_00, "GBP": 2_000_00, "CNY": 20_000_00, "JPY": 500_000, "KWD": 1_000_000}


def load(present: datetime) -> None:
    """Make the whole world as it would be at `present`, and mail nobody; the database is empty before it."""
    with mails.silence():
        _play(present)
    with transaction.atomic():  # so that no worker mails what it tells of
        while fanout.tell():
            pass
        inbox.settle_past(present=present, new_for=UNREAD)


def _play(present: datetime) -> None:
    begin = present - timedelta(days=FOUNDED_DAYS)
    rates.store(present)
    for currency, minor in OWN_FUNDS.items():
        _put_in(currency, minor, begin)
    cast = gather(begin, present=present)
    wares.offer(cast, begin)
    stage = Stage(cast, Till(), present)
    bank.name_accounts(stage, begin + timedelta(days=4))
    stage.play((ago, tell(stage)) for ago, tell in STORIES)
    bank.play(stage)
    standing.follow_ratings(stage)


def _put_in(currency: str, minor: int, now: datetime) -> None:
    """Our own money, which carries costs and the guarantee."""
    with transaction.atomic():
        books.own_funds(amount_minor=minor, currency=currency, key=f"demo-{currency}", now=now)
