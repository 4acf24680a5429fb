"""The daily close: what the checks found is kept by day, and an alarm reaches staff (quality.md §1)."""

from datetime import date, datetime

import structlog
from django.db import transaction
from django.db.models import Max

from ledger import proof, rollup
from payments import closing
from payments.models.closing import CloseLine, DailyClose, Level
from trade_assurance.refused import Refused

logger = structlog.get_logger(__name__)


def close_day(*, day: date, now: datetime) -> DailyClose:
    """Reconcile gateways, bank and ledger and keep every difference as this day's newest run.

    Everything is read as it stands at one moment, the proof of the books with it. Each alarm is an error in the log,
    which Sentry passes on. Raises Refused for a day that is not over.
    """
    if day >= now.date():
        raise Refused(f"{day:%d %b %Y} is not over (UTC), so it can't be closed yet.")
    rollup.roll_up()
    with proof.one_moment():
        books = closing.Books(day, now, tuple(rollup.balances()))
        found = closing.findings(books)
        breaches = proof.prove()
    run = proof.keep(breaches, now)
    for breach in breaches[: closing.NAMED]:
        found.append(closing.Finding("proof", Level.ALARM, str(breach)[:600], subject=breach.subject[:200]))
    return _keep(day, now, run, books, found)


@transaction.atomic
def _keep(day: date, now: datetime, run, books: closing.Books, found: list[closing.Finding]) -> DailyClose:
    alarms = [finding for finding in found if finding.level == Level.ALARM]
    looks = sum(finding.level == Level.LOOK for finding in found)
    verdicts = DailyClose.Verdict
    close = DailyClose.objects.create(
        day=day,
        run=(DailyClose.objects.filter(day=day).aggregate(last=Max("run"))["last"] or 0) + 1,
        made_at=now,
        verdict=verdicts.ALARM if alarms else verdicts.LOOK if looks else verdicts.CLEAN,
        alarms=len(alarms),
        looks=looks,
        proof=run,
        balances=[[each.kind, each.name, each.currency, each.minor] for each in books.balances],
    )
    CloseLine.objects.bulk_create(
        [
            CloseLine(
                close=close,
                check_name=finding.check,
                level=finding.level,
                currency=finding.currency,
                subject=finding.subject[:200],
                sentence=finding.sentence[:600],
                expected_minor=finding.expected_minor,
                found_minor=finding.found_minor,
                age_days=finding.age_days,
            )
            for finding in found
        ]
    )
    for alarm in alarms:
        logger.error("daily close alarms", day=str(day), check=alarm.check, about=alarm.subject, said=alarm.sentence)
    logger.info("day closed", day=str(day), run=close.run, verdict=close.verdict, alarms=close.alarms, looks=looks)
    return close
