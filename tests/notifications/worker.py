"""A Celery worker with its clock as in production, for tests that kill it: `python -m tests.notifications.worker`.

It goes over webhooks only, sends to this machine, and has leases that end soon.
"""

import os
from datetime import timedelta

import django
from django.conf import settings


def main() -> None:
    django.setup()
    from notifications.webhooks import guard
    from notifications.webhooks.actions import deliveries
    from trade_assurance.celery import app

    guard.resolve = lambda host, port: ["127.0.0.1"]
    guard.is_public = lambda address: address == "127.0.0.1"
    deliveries.LEASE = timedelta(seconds=3)
    settings.WEBHOOK_CA_FILE = os.environ["WORKER_TRUSTS"]
    names = ("notifications.tasks.tell_what_happened", "notifications.tasks.send_webhooks")
    app.conf.beat_schedule = {name: app.conf.beat_schedule[name] for name in names}
    app.conf.broker_connection_max_retries = None
    app.worker_main(["--quiet", "worker", "--beat", "--schedule", os.environ["WORKER_CLOCK"], "--concurrency", "2"])


if __name__ == "__main__":
    main()
