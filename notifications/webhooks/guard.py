"""Where a message may go: https to a public address, and nowhere into our own network (quality.md §3).

A name is resolved once for each attempt; every address that it has must be public, and the connection is made to one
of those that were looked at. So a name that answers differently a moment later gains nothing.
"""

import socket
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from trade_assurance.refused import Refused

URL_MAX, CALLED_MAX = 500, 1_000  # characters of a webhook's address, and of any that is called
HTTPS, LOWEST_FREE = 443, 1024  # 443, or a port that no system service has: not mail, shells or name servers
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}  # only where WEBHOOK_LOCALHOST lets a developer try
PRIVATE_ENDINGS = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
# What is not a public IPv4 host (IANA special-purpose registry, RFC 6890), multicast and future use included.
CLOSED_4 = [
    IPv4Network(net)
    for net in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    ).split()
]
# IPv6 hosts live in 2000::/3; all else is mapped IPv4, NAT64, link-local, unique local or multicast.
OPEN_6 = IPv6Network("2000::/3")
# Of it: protocol assignments with Teredo, documentation, 6to4, documentation again.
CLOSED_6 = [IPv6Network(net) for net in "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split()]


class BadUrl(Refused):
    """Nothing may be sent there."""


def checked(url: str, *, most: int = URL_MAX) -> str:
    """The address as it is kept. Raises BadUrl with what to change; the name is not looked up here."""
    url = url.strip()
    example = _("Enter an address such as https://example.com/webhooks.")
    if not url:
        raise BadUrl(example, field="url")
    if len(url) > most:
        raise BadUrl(_("Keep the address to {most} characters.").format(most=most), field="url")
    if "\\" in url or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise BadUrl(
            f"{_('The address has a space or a sign in it that addresses do not have.')} {example}",
            field="url",
        )
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # UnicodeError is one
        raise BadUrl(_("We can't read this address.") + f" {example}", field="url") from None
    if parts.username is not None or parts.password is not None:
        raise BadUrl(_("Leave user name and password out: the signature shows that it is us."), field="url")
    if parts.fragment or url.endswith("#"):
        raise BadUrl(_("Leave out what follows the # sign: it is never sent."), field="url")
    if not host:
        raise BadUrl(example, field="url")
    local = settings.WEBHOOK_LOCALHOST and host in LOCAL_NAMES
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise BadUrl(_("The address must begin with https://, so that nobody reads what we send."), field="url")
    if port is not None and port != HTTPS and not LOWEST_FREE <= port < 2**16:
        raise BadUrl(_("Use port {port}, or one from {least}.").format(port=HTTPS, least=LOWEST_FREE), field="url")
    if not local and not _is_public_name(host):
        raise BadUrl(_("Enter a name that everybody on the internet can reach, such as example.com."), field="url")
    shown = f"[{host}]" if ":" in host else host
    address = shown if port is None or (parts.scheme, port) == ("https", HTTPS) else f"{shown}:{port}"
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not rest.isascii():
        raise BadUrl(_("Write letters outside ASCII in the address's path as %XX."), field="url")
    return f"{parts.scheme}://{address}{rest}"


def _is_public_name(host: str) -> bool:
    """A name of two parts or more whose end is not kept for private networks, and no number in any spelling."""
    *before, end = host.split(".")
    return bool(before) and all(before) and end[:1].isalpha() and end not in PRIVATE_ENDINGS and ":" not in host


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip.version == 4:
        return not any(ip in net for net in CLOSED_4)
    return ip.scope_id is None and ip in OPEN_6 and not any(ip in net for net in CLOSED_6)


def resolve(host: str, port: int) -> list[str]:
    """Every address that a name has now. Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(entry[4][0] for entry in found))


def addresses(host: str, port: int) -> list[str]:
    """The addresses that may be connected to for this name. Raises BadUrl unless all of them are public."""
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError):
        raise BadUrl(_("The name in the address was not found.")) from None
    if settings.WEBHOOK_LOCALHOST and host in LOCAL_NAMES:
        return found
    if not found or not all(is_public(address) for address in found):
        raise BadUrl(_("The name leads to an address that is not on the public internet. Nothing was sent."))
    return found
