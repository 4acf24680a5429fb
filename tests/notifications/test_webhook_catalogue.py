"""The published events and their handbook: names that stay, kinds that exist, and the numbers of the code."""

import ast
import json
from collections import Counter
from pathlib import Path

from django.conf import settings

from notifications.webhooks import catalogue, handbook, schedule
from trade_assurance.rulebook import CURRENT

ROOT = Path(settings.BASE_DIR)
MADE = {  # kinds whose second half is worked out where they are recorded
    *("amendment.declined", "amendment.withdrawn", "amendment.lapsed", "amendment.overtaken"),
    *("chargeback.won", "chargeback.lost", "payment.approved", "payment.declined"),
    *("refund.confirmed", "refund.failed", "payout.confirmed", "payout.failed"),
    *("supplier.active", "supplier.paused", "supplier.removed"),
}


def test_every_kind_that_is_published_is_recorded_somewhere():
    written = {
        node.value
        for app in ("orders", "payments", "disputes", "suppliers")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {kind for kind in catalogue.OF_KIND if kind not in written} - MADE == set()


def test_names_are_said_once_and_each_kind_goes_by_one_name():
    assert [name for name, count in Counter(one.name for one in catalogue.TYPES).items() if count > 1] == []
    kinds = Counter(kind for one in catalogue.TYPES for kind in one.kinds)
    assert [kind for kind, count in kinds.items() if count > 1] == []
    assert catalogue.TEST not in catalogue.NAMED
    assert {"order.shipped", "payment.cleared", "dispute.opened"} <= set(catalogue.NAMED)


def test_what_only_one_side_may_know_is_not_published():
    secret = {"limit.sealed", "limits.compared", "evidence.added", "dispute.asked", "payment.started", "order.flagged"}
    secret |= {"decision.proposed", "decision.sent_back", "payer.asked", "payer.named", "supplier.points_noted"}
    assert secret.isdisjoint(catalogue.OF_KIND)


def test_the_handbook_says_what_the_code_does():
    """`manage.py write_webhooks` writes it anew."""
    text = (ROOT / "docs" / "webhooks.md").read_text()
    assert text == handbook.text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert len(rows) == len(schedule.waits()) >= len(CURRENT.webhook_waits)
    assert rows[1].startswith("| 2 | 5 s |") and rows[-1].startswith("| 12 | 12 h |")
    blocks = [block.partition("```")[0] for block in text.split("```json\n")[1:]]
    assert [json.loads(block)["type"] for block in blocks] == [one.name for one in catalogue.TYPES]
    assert max(len(line) for line in text.splitlines() if not line.startswith(" ")) <= 120
