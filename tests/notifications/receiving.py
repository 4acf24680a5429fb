"""A real receiver for webhooks: an https server in a thread, with a certificate of its own making."""

import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

NAME = "hooks.example.com"


@dataclass
class Receiver:
    """What arrived, and what is answered: `answers` are taken in turn, then the last one again."""

    port: int = 0
    heard: list = field(default_factory=list)
    answers: list = field(default_factory=lambda: [(200, {}, b"ok")])
    wait: float = 0
    drip: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}/in?from=ta"

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]

    def verified(self, secret: str) -> list[dict]:
        """Every message as its library reads it; raises when one is not signed with this secret."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.heard]


def certificate(folder, name: str = NAME):
    """A key and a certificate for a name, which also is the one to trust; gives the path of each."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def receiver(cert, key):
    """An https server on this machine until the block ends."""
    found = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] == "application/json":  # a webhook; else it is encrypted
                body = body.decode()
            with found.lock:
                found.heard.append((dict(self.headers), body))
                status, headers, text = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            time.sleep(found.wait)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for start in range(0, len(text), 1 if found.drip else 65536):
                    self.wfile.write(text[start : start + (1 if found.drip else 65536)])
                    time.sleep(found.drip)
            except OSError:  # the caller has gone
                return

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
