"""The Celery app, what it promises about tasks, and the one list of what runs when.

Every task may run twice and at once: work is found in rows that are due, never in messages (architecture §2).
"""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trade_assurance.settings")

from django.conf import settings

warnings.simplefilter("ignore", SecurityWarning)  # it fears pickles of root's; messages are JSON here
VISIBILITY_TIMEOUT = 600  # seconds until Valkey hands out again what no worker has acknowledged

SWEEPS = [  # task, every so many seconds
    ("trade_assurance.health.heartbeat", 5),
    ("accounts.tasks.send_letters", 5),
    ("ledger.tasks.roll_up", 60),
    ("orders.tasks.lapse_unanswered_contracts", 60),
    ("orders.tasks.lapse_amendments", 60),
    ("orders.tasks.cancel_unpaid_orders", 60),
    ("orders.tasks.auto_confirm_receipts", 60),
    ("orders.tasks.close_protection_windows", 60),
    ("orders.tasks.note_late_orders", 15),
    ("orders.tasks.award_unshipped_orders", 60),
    ("orders.tasks.ask_for_reviews", 60),
    ("orders.tasks.ask_carriers", 30),
    ("orders.tasks.end_waiting_for_carriers", 60),
    ("orders.tasks.tell_of_reviews", 60),
    ("suppliers.tasks.end_verifications", 300),
    ("disputes.tasks.follow_chargebacks", 30),
    ("disputes.tasks.expire_offers", 60),
    ("disputes.tasks.award_what_was_not_shipped", 60),
    ("disputes.tasks.escalate_stalled_disputes", 60),
    ("disputes.tasks.close_phases", 60),
    ("disputes.tasks.end_inspections", 60),
    ("disputes.tasks.execute_decisions", 60),
    ("disputes.tasks.move_returns_and_replacements", 60),
    ("accounts.tasks.forget_answers", 3600),
    ("accounts.tasks.forget_tokens", 3600),
    ("notifications.tasks.tell_what_happened", 0.5),
    ("notifications.tasks.write_mails", 10),
    ("notifications.tasks.push_notices", 5),
    ("notifications.tasks.remind_of_deadlines", 60),
    ("notifications.tasks.send_webhooks", 1),
    ("notifications.tasks.forget_webhooks", 3600),
    ("payments.tasks.ask_gateways", 10),
    ("payments.tasks.send_refunds", 15),
    ("payments.tasks.send_payouts", 15),
    ("payments.tasks.return_unmatched", 60),
    ("payments.tasks.import_statements", 60),
    ("payments.tasks.alarm_overdue_reviews", 60),
    ("payments.tasks.forget_sightings", 3600),
    ("accounts.tasks.erase_people", 3600),
    ("payments.tasks.hear_webhooks", 5),
    ("payments.tasks.ask_contested", 1800),
    ("payments.tasks.ask_bounced", 3600),
    ("payments.tasks.settle_stripe", 3600),
    ("payments.tasks.settle_sandbox", 3600),
]
NIGHTLY = [  # UTC
    ("events.tasks.publish_root", crontab(hour=0, minute=5)),
    ("ledger.tasks.prove_ledger", crontab(hour=2, minute=30)),
    ("payments.tasks.close_the_day", crontab(hour=3, minute=15)),
    ("suppliers.tasks.rate_suppliers", crontab(hour=3, minute=45)),
    ("suppliers.tasks.note_words", crontab(hour=4, minute=30)),
    ("orders.tasks.empty_old_orders", crontab(hour=5, minute=0)),
]

app = Celery("trade_assurance", broker=settings.REDIS_URL, include=["trade_assurance.health"])
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_soft_time_limit=240,
    task_time_limit=300,  # below the visibility timeout, so that nothing running is handed out a second time
    task_publish_retry=False,  # a page does not wait for a broker that is away: the row is due anyway
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT, "socket_connect_timeout": 2},
    result_backend_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT},
    visibility_timeout=VISIBILITY_TIMEOUT,
    timezone="UTC",
    enable_utc=True,
    beat_schedule_filename=str(settings.DATA / "beat"),
    beat_schedule={
        # a message that nobody took until the next one is sent has nothing to add
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in SWEEPS
    }
    | {name: {"task": name, "schedule": at, "options": {"expires": 3600}} for name, at in NIGHTLY},
)
app.autodiscover_tasks()
