"""docs/webhooks.md: how to receive, from the same events and numbers that sending reads."""

import json
from datetime import timedelta

from notifications.webhooks import calling, catalogue, schedule
from trade_assurance.rulebook import CURRENT

HEAD = """# Webhooks

What happens on your orders is sent to your own systems as it happens, signed as [Standard
Webhooks](https://www.standardwebhooks.com/) says. Written by `manage.py write_webhooks` from the code; a test fails
when it is stale.

## Begin

1. Add an address under Settings, Webhooks; owners of a supplier add those of the company under `/portal/webhooks/`. It
   must begin with `https://`, have a public name and port 443 or one from {lowest}, and a certificate that browsers
   trust. Names that lead into private networks are never called.
2. Choose events. At most {most} addresses each.
3. Show the secret, once, and give it to your system. Send a test.

## Receive

Each message is a POST of JSON: `type`, `timestamp` (when it happened, UTC) and `data`. `data.object`, `data.id` and
`data.version` say what it is about: the version is the number of the event in the object's own history, so of two
messages about one order the one with the higher version is the newer. Messages may arrive in another order, and the
numbers of one object have gaps where nothing is published. Amounts are decimal text with their currency. There are no
names, addresses or texts that people wrote: read those over the API, as whoever may see them.

Check the signature over the body as it came, before you read it:

```python
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_…")  # the secret that was shown


def receive(body: bytes, headers: dict) -> int:
    try:
        message = webhook.verify(body, headers)  # webhook-id, webhook-timestamp, webhook-signature
    except WebhookVerificationError:
        return 400
    if seen_before(headers["webhook-id"]):  # the same for every attempt and for a replay
        return 200
    work_later(message)
    return 200
```

Answer with any 2xx within {answer} seconds, and do the work afterwards. We read {answer_max} kB of the answer at most,
connect within {connect} seconds, follow no redirects and use no proxy. Who fails or answers slowly is called one
message at a time, so that it holds up nobody.

## When it does not answer

Anything but a 2xx is tried again, with the same id and body and a new time and signature:

| Attempt | Wait before it | Since the first |
|---|---|---|
{retries}

Each wait is up to {jitter} % longer, at random. A `Retry-After` is honoured, up to {then} hours. After the last
attempt the message has failed; you can send it again, alone or with all that failed since a moment, for as long as the
log goes back: {log_days} days. `410 Gone` turns the webhook off at once; so do {off_days} days without one success. You
get a mail then, and nothing is sent until you turn it on. What happens while it is off is not sent later.

## Change the secret

A new secret signs beside the old one for {overlap} hours: `webhook-signature` then has two signatures, parted by a
space, and libraries take either. If somebody else may have the old one, end it at once.

## Try it on your own machine

With `DEBUG` or `DEMO`, `WEBHOOK_LOCALHOST=true` lets `http://localhost:PORT/` be an address. `WEBHOOK_CA_FILE` names
certificates to trust in place of the system's.

## Events

`webhook.test` is what the button sends; the others are:
"""


def text() -> str:
    """The whole page."""
    parts = [
        HEAD.format(
            lowest=calling.guard.LOWEST_FREE,
            most=CURRENT.webhooks_max,
            answer=calling.ANSWER_SECONDS,
            connect=calling.CONNECT_SECONDS,
            answer_max=calling.ANSWER_MAX // 1024,
            retries="\n".join(_retries()),
            jitter=CURRENT.webhook_jitter_bp // 100,
            then=CURRENT.webhook_then_hours,
            log_days=CURRENT.webhook_log_days,
            off_days=CURRENT.webhook_off_days,
            overlap=CURRENT.webhook_overlap_hours,
        )
    ]
    for one in catalogue.TYPES:
        told = "buyers and suppliers" if one.sides == catalogue.BOTH else f"{one.sides[0]}s"
        body = json.dumps(catalogue.example(one), indent=2)
        parts.append(f"### `{one.name}`\n\n{one.label}. For {told}.\n\n```json\n{body}\n```\n")
    return "\n".join(parts)


def _retries():
    since = timedelta(0)
    for number, wait in enumerate(schedule.waits(), 1):
        since += wait
        yield f"| {number} | {_words(wait)} | {_words(since)} |"


def _words(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "none"
