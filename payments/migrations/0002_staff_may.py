"""What each group of staff may see and do with payments."""

from django.db import migrations

READ = [(name, "view") for name in ("payment", "bankentry", "refund", "payout", "payoutline")]
MAY = {
    "adjudicator": [("payment", "view"), ("refund", "view")],
    "finance": [*READ, ("bankentry", "match_entry"), ("refund", "send_again")],
    "risk": [("payment", "view"), ("bankentry", "view"), ("refund", "view")],
}
NAMES = {
    "match_entry": "Can match money in suspense to an instalment",
    "send_again": "Can let a refund or payout that came back be sent again",
}


def grant(apps, schema_editor):
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for name, allowed in MAY.items():
        found = []
        for model, verb in allowed:
            kind, _ = content_type.objects.get_or_create(app_label="payments", model=model)
            codename = verb if verb in NAMES else f"{verb}_{model}"
            words = NAMES.get(verb) or f"Can {verb} {apps.get_model('payments', model)._meta.verbose_name}"
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            found.append(made)
        group.objects.get(name=name).permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"),
        ("accounts", "0002_staff_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
