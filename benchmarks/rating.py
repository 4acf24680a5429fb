"""All ratings worked out anew, as the nightly sweep does it: suppliers a second, and how it grows with the orders.

Run as `python -m benchmarks.rating [suppliers]` with DATABASE_URL of a server that may be written to and whose user may
switch triggers off; each supplier has 100 orders. The rows are copies of orders that `make_orders` wrote.
"""

import os
import sys
import time
from datetime import timedelta

ORDERS = 100  # of each supplier
TEMPLATES = 5  # suppliers whose rows are copied
TABLES = (  # in which columns ids of another table stand, and what may be had once
    ("suppliers_supplier", {"id": "supplier"}, ("slug", "public_id")),
    ("orders_order", {"id": "order", "supplier_id": "supplier"}, ("reference", "public_id", "draft_key")),
    ("orders_line", {"id": "line", "order_id": "order"}, ()),
    ("orders_shipment", {"id": "shipment", "order_id": "order"}, ("key",)),
    ("orders_contractversion", {"id": "version", "order_id": "order"}, ()),
    ("orders_message", {"id": "message", "order_id": "order"}, ("key",)),
)
STEP = 10_000_000  # between the ids of one copy and the next


def copy(first: int, last: int) -> None:
    """Put copies of the templates beside them, numbered from `first` to `last`."""
    from django.db import connection

    fresh = {
        "slug": "'copy-' || t.id || '-' || n",
        "reference": "'C' || left(md5(t.id || '-' || n), 11)",
        "draft_key": "null",
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, ids, unique in TABLES:
            values = [f"'{column}', t.{column} + n::bigint * {STEP}" for column in ids]
            values += [f"'{column}', {fresh.get(column, 'gen_random_uuid()')}" for column in unique]
            if table == "orders_contractversion":
                values.append("'document', '{}'::jsonb")
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
                "WHERE table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            (columns,) = cursor.fetchone()
            chosen = ", ".join(f"r.{column}" for column in columns.split(", "))
            cursor.execute(  # nosec B608 - names from above and of the catalogue
                f"INSERT INTO {table} ({columns}) SELECT {chosen} FROM {table} t, generate_series(%s, %s) n, "
                f"jsonb_populate_record(null::{table}, to_jsonb(t) || jsonb_build_object({', '.join(values)})) r "
                f"WHERE t.id < {STEP}",
                [first, last],
            )
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET session_replication_role = DEFAULT")


def rated(now) -> tuple[int, float]:
    """How many suppliers were rated, and the seconds that it took."""
    from suppliers import actions
    from suppliers.models import Supplier

    ids = list(Supplier.objects.order_by("pk").values_list("pk", flat=True))
    began = time.perf_counter()
    actions.rerate_many(supplier_ids=ids, now=now)
    return len(ids), time.perf_counter() - began


def run(suppliers: int) -> None:
    from django.utils import timezone

    from orders.models import Order
    from suppliers.models import Supplier
    from trade_assurance.demo import bulk

    now = timezone.now()
    bulk.ORDERS_A_SUPPLIER = ORDERS
    bulk.make_orders(TEMPLATES * ORDERS, now=now)
    Supplier.objects.update(stars_reason="", limit_reason="")
    rated(now)
    few, all_of = suppliers // TEMPLATES // 10, suppliers // TEMPLATES
    copy(1, few - 1)
    some = rated(now + timedelta(days=1))
    copy(few, all_of - 1)
    many = rated(now + timedelta(days=2))
    again = rated(now + timedelta(days=2, seconds=1))
    for count, seconds in (some, many):
        print(
            f"   {count:>7,} suppliers, {count * ORDERS:>9,} orders: {seconds:.1f} s, {count / seconds:,.0f} a second"
        )
    print(f"   the same again, nothing changed: {again[1]:.1f} s; {Order.objects.count():,} orders in the table")
    ratio = many[1] / many[0] / (some[1] / some[0])
    print(f"   a supplier among ten times as many, against its own time\n   ratio {ratio:.2f} (target at most 1.25)")


def main() -> None:
    import django
    from django.test.runner import DiscoverRunner

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    suppliers = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"h  the nightly rating: {suppliers:,} suppliers with {ORDERS} orders each, beside a tenth of them")
    runner = DiscoverRunner(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        run(suppliers)
    finally:
        runner.teardown_databases(made)


if __name__ == "__main__":
    main()
