"""What `manage.py check` says of the settings of fraud checks."""

from django.conf import settings
from django.core import checks

from payments.fraud.rules import RULES


@checks.register
def weights_name_rules(app_configs, **kwargs):
    """A misspelt rule would go unnoticed, so it is an error; so is a threshold that holds everything."""
    found = []
    if unknown := sorted(set(settings.FRAUD_WEIGHTS) - set(RULES)):
        hint = f"The rules are: {', '.join(RULES)}."
        found.append(checks.Error(f"FRAUD_WEIGHTS names no rule: {', '.join(unknown)}.", hint=hint, id="payments.E101"))
    if settings.FRAUD_THRESHOLD < 1 or any(weight < 0 for weight in settings.FRAUD_WEIGHTS.values()):
        said = "FRAUD_THRESHOLD is at least 1, and no weight is below 0."
        found.append(checks.Error(said, id="payments.E102"))
    return found
