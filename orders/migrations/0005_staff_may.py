"""What each group of staff may see and do. Permissions are made after all migrations, so they are made here first."""

from django.db import migrations

READ_ORDERS = [
    ("orders", name, "view")
    for name in (
        "order",
        "contractversion",
        "line",
        "instalment",
        "attachment",
        "shipment",
        "shipmentline",
        "receipt",
        "receiptline",
        "hold",
        "message",
        "referencerate",
    )
]
READ_SUPPLIERS = [
    ("suppliers", name, "view") for name in ("supplier", "member", "designatedaccount", "reservation", "category")
]
READ_BOOKS = [("ledger", "account", "view"), ("ledger", "transfer", "view")]
READ_ALL = [*READ_ORDERS, *READ_SUPPLIERS, ("events", "event", "view"), ("accounts", "user", "view")]
MAY = {
    "adjudicator": READ_ALL,
    "finance": [
        *READ_ALL,
        *READ_BOOKS,
        ("orders", "referencerate", "add"),
        ("orders", "referencerate", "change"),
    ],
    "risk": [
        *READ_ALL,
        ("suppliers", "category", "add"),
        ("suppliers", "category", "change"),
        ("suppliers", "supplier", "verify_supplier"),
        ("orders", "shipment", "record_arrival"),
    ],
}
NAMES = {
    "verify_supplier": "Can verify a supplier, set its stars, limit and status",
    "record_arrival": "Can record what a carrier says of a shipment",
}


def grant(apps, schema_editor):
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for name, allowed in MAY.items():
        found = []
        for app, model, verb in allowed:
            kind, _ = content_type.objects.get_or_create(app_label=app, model=model)
            codename = verb if verb in NAMES else f"{verb}_{model}"
            words = NAMES.get(verb) or f"Can {verb} {apps.get_model(app, model)._meta.verbose_name}"
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            found.append(made)
        group.objects.get(name=name).permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_supplier_desk"),
        ("suppliers", "0001_initial"),
        ("ledger", "0001_initial"),
        ("events", "0001_initial"),
        ("accounts", "0002_staff_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
