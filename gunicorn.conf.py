"""How gunicorn serves the site; HOST, PORT and WEB_CONCURRENCY come from the environment."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
max_requests = 10_000
max_requests_jitter = 1_000
loglevel = "warning"


def when_ready(server):
    """Say where the site is, once it listens."""
    from trade_assurance.run import welcome

    print(welcome(os.environ), flush=True)
