"""What each group of staff may see and do with disputes. Permissions are made after all migrations, so made here."""

from django.db import migrations

MODELS = (
    "dispute",
    "disputedline",
    "claim",
    "offer",
    "offerline",
    "evidence",
    "decision",
    "decidedclaim",
    "appeal",
    "question",
    "inspection",
    "inspector",
    "performance",
    "caseview",
)
READ = [(name, f"view_{name}", f"Can view {name}") for name in MODELS]
DECIDE = [
    ("dispute", "decide", "Can decide disputes: pick up, propose, approve"),
    ("decision", "approve", "Can approve another adjudicator's decision"),
]
KEEP_INSPECTORS = [("inspector", f"{verb}_inspector", f"Can {verb} inspector") for verb in ("add", "change")]
MAY = {"adjudicator": [*READ, *DECIDE, *KEEP_INSPECTORS], "finance": READ, "risk": READ}


def grant(apps, schema_editor):
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for name, allowed in MAY.items():
        found = []
        for model, codename, words in allowed:
            kind, _ = content_type.objects.get_or_create(app_label="disputes", model=model)
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            found.append(made)
        group.objects.get_or_create(name=name)[0].permissions.add(*found)


class Migration(migrations.Migration):

    dependencies = [("disputes", "0001_initial"), ("orders", "0005_staff_may"), ("accounts", "0002_staff_groups")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
