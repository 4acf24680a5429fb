from django.db import migrations

VIEW = (
    ("laterreceipt", "view_laterreceipt", "Can view later receipt"),
    ("receiptphoto", "view_receiptphoto", "Can view receipt photo"),
)
JUDGE = ("laterreceipt", "judge_later_receipt", "Can say whether a later receipt is proven")
MAY = {"adjudicator": VIEW, "finance": VIEW, "risk": (*VIEW, JUDGE)}


def grant(apps, schema_editor):
    """All staff see what was photographed and said at receipt; risk judges a later one (Rulebook 11)."""
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    for group, allowed in MAY.items():
        found = []
        for model, codename, words in allowed:
            kind, _ = content_type.objects.get_or_create(app_label="orders", model=model)
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            found.append(made)
        apps.get_model("auth", "Group").objects.get(name=group).permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0017_amendments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
