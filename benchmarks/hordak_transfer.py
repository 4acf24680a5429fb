"""The other side of row b: django-hordak's transfer, in a process and an environment of its own (see `ledger`).

Reads a number of transfers a line from stdin, makes each of them in its own transaction, and answers with the seconds.
"""

import sys
import time

import django
from django.conf import settings

ACCOUNTS = 500


def main(name: str, host: str, port: str, user: str, password: str) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "HOST": host,
                "PORT": port,
                "USER": user,
                "PASSWORD": password,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
        CURRENCIES=["USD"],
        DEFAULT_CURRENCY="USD",
        HORDAK_INTERNAL_CURRENCY="USD",
    )
    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from hordak.models import Account, AccountType
    from moneyed import Money

    call_command("migrate", verbosity=0)
    bank = Account.objects.create(name="Bank", code="1", type=AccountType.asset, currencies=["USD"])
    held = [
        Account.objects.create(name=f"Held {n}", code=str(n + 2), type=AccountType.liability, currencies=["USD"])
        for n in range(ACCOUNTS)
    ]
    print("ready", flush=True)
    amount = Money("12.34", "USD")
    for line in sys.stdin:
        began = time.perf_counter()
        for number in range(int(line)):
            with transaction.atomic():
                held[number % ACCOUNTS].transfer_to(bank, amount)
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
