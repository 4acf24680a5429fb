"""What every part of the REST API shares: who asks, how often, twice or once, pages, versions, problems (docs/api.md).

Each app's `api.py` says what can be asked of it; `trade_assurance/api.py` gives the addresses.
"""
