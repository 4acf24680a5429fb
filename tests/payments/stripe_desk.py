"""Stripe for tests: `localstripe` as a real HTTP server, and before it a desk with the calls that it has not.

The desk answers Checkout sessions, disputes, payouts and their balance transactions in the shapes that Stripe's API
documents, obeys an idempotency key as Stripe does, and passes every other call on to localstripe. It can lose a call
before it is done, or its answer after it was done.
"""

import json
import secrets
import socket
import string
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk_test_desk"
SECRET = "whsec_desk"
# localstripe keeps its store in a file that all of a machine's would share; here it stays in memory
START = (
    "import sys\n"
    "from localstripe import resources, server\n"
    "resources.Store.dump_to_disk = lambda store: None\n"
    "sys.argv = ['localstripe', '--from-scratch', '--port', sys.argv[1]]\n"
    "server.start()\n"
)
GOOD, BAD, ASKS = "4242424242424242", "4000000000000341", "4000002500003155"


def fresh_id(kind: str) -> str:
    """An id in Stripe's shape. Letters only: in so short a one, a run of digits could look like a card's number."""
    return f"{kind}_{''.join(secrets.choice(string.ascii_letters) for _ in range(16))}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def local_stripe():
    """localstripe on a free port of this machine until the block ends; gives its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "localstripe ended"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


class Desk:
    """What the processor knows beside localstripe, and verbs to play its customers and banks."""

    def __init__(self, upstream: str):
        self.upstream, self.pages = upstream, "https://checkout.stripe.com"
        self.sessions, self.disputes, self.payouts, self.entries, self.intents = {}, {}, {}, {}, {}
        self.answered, self.calls, self.failing, self.bounced = {}, [], [], {}
        self.running, self.door = set(), threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    # playing Stripe's customers and banks -------------------------------------------------------------------------

    def lose(self, path: str, when: str = "before", times: int = 1):
        """The next calls to a path get no answer: "before" they are done, "after", or a "500" that did nothing."""
        self.failing += [(path, when)] * times

    def count(self, method: str, path: str) -> int:
        return sum(1 for call in self.calls if call == (method, path))

    def session(self, payment) -> dict:
        """The session of a payment of ours."""
        (found,) = [s for s in self.sessions.values() if s["client_reference_id"] == str(payment.key)]
        return found

    def pay(self, payment, number: str = GOOD) -> dict:
        """The customer pays on the hosted page by a card of localstripe's; gives the PaymentIntent."""
        session = self.session(payment)
        method = self.local("/v1/payment_methods", type="card", card=_card(number))
        values = {"amount": session["amount_total"], "currency": session["currency"], "payment_method": method["id"]}
        values["metadata"] = session["payment_intent_data"]["metadata"]
        status, intent = self.call("POST", "/v1/payment_intents", json.dumps(values | {"confirm": True}).encode())
        if status == 402:  # declined: the page stays open, as Stripe's does
            return intent
        session["payment_intent"] = intent["id"]
        self.settle_session(session, intent)
        return intent

    def confirm_three_d_secure(self, payment, success: bool = True) -> dict:
        """The customer has answered its bank's question."""
        session = self.session(payment)
        intent = self.local(f"/v1/payment_intents/{session['payment_intent']}", "GET")
        answer = {"client_secret": intent["client_secret"], "success": success}
        intent = self.local(f"/v1/payment_intents/{intent['id']}/_authenticate", **answer)
        self.settle_session(session, intent)
        return intent

    def settle_session(self, session, intent):
        if intent["status"] in ("succeeded", "processing"):
            session["status"] = "complete"
            session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"

    def play_intent(self, payment, **changes) -> dict:
        """A PaymentIntent of a kind that localstripe has not, as for bank debits; its page is finished."""
        session = self.session(payment)
        intent = self.intents.setdefault(
            session["payment_intent"] or fresh_id("pi"),
            {
                "object": "payment_intent",
                "amount": session["amount_total"],
                "amount_received": 0,
                "currency": session["currency"],
                "metadata": session["payment_intent_data"]["metadata"],
                "status": "processing",
                "last_payment_error": None,
            },
        )
        intent["id"] = session["payment_intent"] = next(k for k, v in self.intents.items() if v is intent)
        session["status"] = "complete"
        intent.update(changes)
        if intent["status"] == "succeeded":
            intent["amount_received"] = changes.get("amount_received", intent["amount"])
        return intent

    def expire(self, payment, error: dict | None = None):
        """Nobody finished the page in time."""
        session = self.session(payment)
        session["status"], session["url"] = "expired", None
        if error:
            intent = self.play_intent(payment, status="canceled", last_payment_error=error)
            session["status"], session["payment_intent"] = "expired", intent["id"]

    def bounce(self, reference: str, reason: str = "expired_or_canceled_card"):
        """A refund that was made did not reach the customer: its bank has sent it back."""
        self.bounced[reference] = reason

    def contest(self, intent: str, amount: int, status="needs_response", reason="product_not_received", currency="usd"):
        reference = fresh_id("dp")
        self.disputes[reference] = {
            "id": reference,
            "object": "dispute",
            "amount": amount,
            "currency": currency,
            "payment_intent": intent,
            "charge": "ch_1Desk",
            "reason": reason,
            "status": status,
            "created": int(time.time()),
        }
        return self.disputes[reference]

    def pay_out(self, *entries, currency="usd", amount=None, status="paid") -> str:
        """A payout to our bank, of (type, amount, fee, source) rows."""
        reference = fresh_id("po")
        self.entries[reference] = rows = []
        for kind, part, fee, intent in entries:
            source = {"id": f"ch_{len(rows)}Desk", "object": "charge", "payment_intent": intent} if intent else None
            rows.append(
                {
                    "id": fresh_id("txn"),
                    "object": "balance_transaction",
                    "type": kind,
                    "amount": part,
                    "fee": fee,
                    "net": part - fee,
                    "currency": currency,
                    "source": source,
                }
            )
        total = sum(row["net"] for row in rows) if amount is None else amount
        own = {"id": fresh_id("txn"), "object": "balance_transaction", "type": "payout"}
        rows.append(own | {"amount": -total, "fee": 0, "net": -total, "currency": currency, "source": reference})
        self.payouts[reference] = {
            "id": reference,
            "object": "payout",
            "amount": total,
            "currency": currency,
            "status": status,
            "arrival_date": int(time.time()),
        }
        return reference

    # calls --------------------------------------------------------------------------------------------------------

    def local(self, path: str, method: str = "POST", **values) -> dict:
        status, answer = self.call(method, path, json.dumps(values).encode() if method == "POST" else None)
        assert status == 200, (path, status, answer)
        return answer

    def call(self, method: str, path: str, body: bytes | None, kind: str = "application/json"):
        request = urllib.request.Request(self.upstream + path, data=body, method=method)
        request.add_header("Authorization", f"Bearer {KEY}")
        request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def begins(self, call: tuple) -> bool:
        """Whether a call under this key may begin: not while another one runs, as Stripe has it."""
        with self.door:
            if call in self.running:
                return False
            if call not in self.answered:
                self.running.add(call)
            return True

    def answer(self, method: str, path: str, query: dict, form: dict, raw: bytes | None):
        """What Stripe would answer: (status, JSON)."""
        parts = path.strip("/").split("/")[1:]
        match [method, *parts]:
            case ["POST", "checkout", "sessions"]:
                return self._open(form)
            case ["GET", "checkout", "sessions", reference]:
                return self._session(reference, query)
            case ["GET", "disputes"]:
                return 200, _page("/v1/disputes", list(self.disputes.values()))
            case ["GET", "disputes", reference]:
                return _found(self.disputes.get(reference))
            case ["GET", "payouts"]:
                return 200, _page("/v1/payouts", [p for p in self.payouts.values() if p["status"] == "paid"])
            case ["GET", "payouts", reference]:
                return _found(self.payouts.get(reference))
            case ["GET", "balance_transactions"] if "payout" in query:
                rows, after = self.entries[query["payout"]], query.get("starting_after")
                start = next((n + 1 for n, row in enumerate(rows) if row["id"] == after), 0)
                return 200, _page("/v1/balance_transactions", rows[start : start + 2], start + 2 < len(rows))
            case ["GET", "payment_intents", reference] if reference in self.intents:
                return 200, self.intents[reference]
            case ["GET", "refunds"] if query.get("payment_intent") in self.intents:
                return 200, _page("/v1/refunds", self.intents[query["payment_intent"]].get("refunds", []))
        passed = {name: value for name, value in query.items() if not name.startswith(("limit", "expand", "created"))}
        words = urllib.parse.urlencode(passed)
        address = f"{path}?{words}" if words else path
        status, said = self.call(method, address, raw, "application/x-www-form-urlencoded")
        for thing in said.get("data", [said]):  # localstripe's refunds never fail
            if thing.get("id") in self.bounced:
                thing |= {"status": "failed", "failure_reason": self.bounced[thing["id"]]}
        return status, said

    def _open(self, form: dict):
        now, closes = time.time(), int(form["expires_at"])
        if not now + 29 * 60 < closes < now + 24 * 3600 + 60:
            return 400, _error("The `expires_at` timestamp must be 30 minutes to 24 hours from now.", "expires_at")
        amount = int(form["line_items[0][price_data][unit_amount]"])
        reference = fresh_id("cs_test")
        metadata = {
            name[len("payment_intent_data[metadata][") : -1]: value
            for name, value in form.items()
            if name.startswith("payment_intent_data[metadata]")
        }
        self.sessions[reference] = {
            "id": reference,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": amount,
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {"payment": form["metadata[payment]"]},
            "payment_intent_data": {"metadata": metadata},
            "payment_method_types": [v for k, v in form.items() if k.startswith("payment_method_types")],
            "success_url": form["success_url"],
            "cancel_url": form["cancel_url"],
            "expires_at": closes,
            "livemode": False,
            "url": f"{self.pages}/c/pay/{reference}#{'fid' * 200}",
        }
        return 200, self.sessions[reference]

    def _session(self, reference: str, query: dict):
        if reference not in self.sessions:
            return _found(None)
        session = dict(self.sessions[reference])
        intent = session["payment_intent"]
        if intent and any(value.startswith("payment_intent") for value in query.values()):
            session["payment_intent"] = self.intents.get(intent) or self.local(f"/v1/payment_intents/{intent}", "GET")
        return 200, session


def _card(number: str) -> dict:
    return {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}


def _page(url: str, data: list, more: bool = False) -> dict:
    return {"object": "list", "url": url, "has_more": more, "data": data}


def _error(message: str, code: str) -> dict:
    return {"error": {"type": "invalid_request_error", "message": message, "code": code}}


def _found(thing):
    return (200, thing) if thing else (404, _error("No such thing", "resource_missing"))


def _handler(desk: Desk):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._serve(None)

        def do_POST(self):
            self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _serve(self, raw):
            path, _, words = self.path.partition("?")
            desk.calls.append((self.command, path))
            if self.command == "GET" and path.startswith("/c/pay/"):
                return self._show(desk.sessions[path.rpartition("/")[2]])
            failing = next((fail for fail in desk.failing if path.startswith(fail[0])), None)
            if failing:
                desk.failing.remove(failing)
            if failing and failing[1] == "before":
                return self._hang_up()
            if failing and failing[1] == "500":
                return self._say(500, {"error": {"type": "api_error", "message": "Something went wrong"}})
            if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
                return self._say(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
            key = self.headers.get("Idempotency-Key") if self.command == "POST" else None
            if key and not desk.begins((path, key)):
                said = 409, {"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}
            elif key and (path, key) in desk.answered:
                form, said = desk.answered[path, key]
                if form != raw:
                    said = 400, {"error": {"type": "idempotency_error", "message": "Keys for other parameters"}}
            else:
                form = dict(urllib.parse.parse_qsl((raw or b"").decode()))
                try:
                    said = desk.answer(self.command, path, dict(urllib.parse.parse_qsl(words)), form, raw)
                    if key:
                        desk.answered[path, key] = raw, (said[0], json.loads(json.dumps(said[1])))
                finally:
                    desk.running.discard((path, key))
            if failing:
                return self._hang_up()
            return self._say(*said)

        def _say(self, status, answer):
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _show(self, session):
            """The hosted page, for a browser: it only leads back."""
            body = f'<!doctype html><title>Hosted</title><a href="{session["cancel_url"]}">Back</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _hang_up(self):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *arguments):
            pass

    return Handler
