"""Where webhooks may go: https to public addresses only, no redirects, little time and little to read (quality §3)."""

import gzip
import time

import pytest

from notifications.webhooks import calling, guard
from notifications.webhooks.guard import BadUrl
from tests.notifications import receiving

GOOD = {
    "https://example.com": "https://example.com/",
    " https://Example.com:443/in?a=1&b=%20 ": "https://example.com/in?a=1&b=%20",
    "https://example.com:8443/in": "https://example.com:8443/in",
    "https://bücher.example/in": "https://xn--bcher-kva.example/in",
}
BAD = [
    "",
    "x" * 600,
    "http://example.com/",
    "ftp://example.com/",
    "example.com/in",
    "https://",
    "https:///in",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://db.internal/",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://user:pass@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com/#part",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://exa mple.com/",
    "https://example.com\\@localhost/",
    "https://example.com/\nHost: x",
    "https://example.com/é",
    "https://.example.com/",
    "https://[x/",
]
CLOSED = (
    "0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 "
    "192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 "
    "255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fe80::1 "
    "fe80::1%eth0 fec0::1 fc00::1 fd12::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 4000::1 x 1.2.3 2606::1%1"
).split()
OPEN = "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.32.0.1 2606:4700::1111 2a00:1450:4001::1".split()


@pytest.mark.parametrize("typed", GOOD)
def test_an_address_is_kept_as_it_is_sent_to(typed):
    assert guard.checked(typed) == GOOD[typed]


@pytest.mark.parametrize("typed", BAD)
def test_an_address_that_nothing_may_be_sent_to_is_refused_with_a_sentence(typed):
    with pytest.raises(BadUrl) as refused:
        guard.checked(typed)
    assert str(refused.value).endswith(".") and refused.value.field == "url"


def test_which_addresses_are_public():
    assert [address for address in CLOSED if guard.is_public(address)] == []
    assert [address for address in OPEN if not guard.is_public(address)] == []


def test_all_addresses_of_a_name_must_be_public(monkeypatch):
    monkeypatch.setattr(guard, "resolve", lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(BadUrl, match="not on the public internet"):
        guard.addresses("mixed.example.com", 443)
    monkeypatch.setattr(guard, "resolve", lambda host, port: [])
    with pytest.raises(BadUrl):
        guard.addresses("none.example.com", 443)


def test_a_name_of_this_machine_is_never_called(receiver, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(guard, "resolve", lambda host, port: ["127.0.0.1"])
    answer = calling.call(receiver.url, "{}", {})
    assert "not on the public internet" in answer.problem and not answer.is_delivered
    assert receiver.heard == []


def test_a_name_that_answers_differently_a_moment_later_gains_nothing(receiver, monkeypatch):
    """DNS rebinding: looked up once, and the connection goes to what was looked at."""
    asked = []

    def turncoat(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(guard, "resolve", turncoat)
    assert calling.call(receiver.url, "{}", {}).is_delivered
    assert len(asked) == 1
    assert "not on the public internet" in calling.call(receiver.url, "{}", {}).problem


def test_localhost_is_only_for_a_developer_who_asked_for_it(settings):
    settings.WEBHOOK_LOCALHOST = True
    assert guard.checked("http://localhost:9000/in") == "http://localhost:9000/in"
    for still in ("http://example.com/", "https://10.0.0.1/", "http://localhost:25/"):
        with pytest.raises(BadUrl):
            guard.checked(still)


def test_a_message_arrives_under_the_name_and_past_any_proxy(receiver, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    answer = calling.call(receiver.url, '{"a":"é"}', {"webhook-id": "msg_1"})
    assert answer.is_delivered and answer.status == 200 and answer.text == "ok"
    [(headers, body)] = receiver.heard
    assert body == '{"a":"é"}' and headers["Host"] == f"{receiving.NAME}:{receiver.port}"
    assert headers["Content-Type"] == "application/json" and headers["webhook-id"] == "msg_1"


def test_a_certificate_of_another_name_or_of_nobody_is_refused(receiver, settings, tmp_path):
    other = receiver.url.replace(receiving.NAME, "other.example.com")
    assert "secure connection failed" in calling.call(other, "{}", {}).problem
    settings.WEBHOOK_CA_FILE = ""
    assert "secure connection failed" in calling.call(receiver.url, "{}", {}).problem
    assert receiver.heard == []


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [(307, {"Location": "https://169.254.169.254/"}, b"")]
    answer = calling.call(receiver.url, "{}", {})
    assert answer.status == 307 and "no redirects" in answer.problem
    assert len(receiver.heard) == 1


def test_of_a_huge_answer_only_the_beginning_is_read(receiver):
    receiver.answers = [(200, {}, b"\x00" + b"a" * 50_000_000)]
    answer = calling.call(receiver.url, "{}", {})
    assert answer.is_delivered and len(answer.text) == calling.KEPT and "\x00" not in answer.text


def test_an_answer_that_is_packed_is_not_unpacked(receiver):
    receiver.answers = [(200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 10_000_000))]
    assert calling.call(receiver.url, "{}", {}).is_delivered


@pytest.mark.parametrize("slow", [{"wait": 3}, {"drip": 0.2}])
def test_a_slow_receiver_is_left_in_time(receiver, monkeypatch, slow):
    monkeypatch.setattr(calling, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(calling, "CONNECT_SECONDS", 0.4)
    receiver.answers = [(200, {}, b"slowly" * 20)]
    for name, value in slow.items():
        setattr(receiver, name, value)
    began = time.perf_counter()
    answer = calling.call(receiver.url, "{}", {})
    assert time.perf_counter() - began < 2.5
    assert not answer.is_delivered and "did not answer within" in answer.problem


@pytest.mark.parametrize("port", [1, 9])
def test_nobody_there_is_a_problem_and_no_error(reachable, port):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(guard, "LOWEST_FREE", 1)
        answer = calling.call(f"https://{receiving.NAME}:{port}/", "{}", {})
    assert answer.status is None and "failed" in answer.problem


def test_a_name_that_nobody_has(monkeypatch):
    def unknown(host, port):
        raise OSError("no such name")

    monkeypatch.setattr(guard, "resolve", unknown)
    assert calling.call("https://nobody.example.com/", "{}", {}).problem == "The name in the address was not found."
