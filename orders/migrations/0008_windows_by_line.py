"""Each line gets the window that its order had; each hold wants what it holds."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("orders", "0007_claims")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE orders_hold SET wanted_minor = amount_minor;
            UPDATE orders_line l SET window_ends_at = o.protection_ends_at,
                   window_closed_at = CASE WHEN o.status = 'expired' THEN o.closed_at END
            FROM orders_order o WHERE o.id = l.order_id AND o.received_at IS NOT NULL;
            """,
            migrations.RunSQL.noop,
        )
    ]
