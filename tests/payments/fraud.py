"""What fraud tests share: risk staff, a buyer whose payments are held, and reviews."""

from django.contrib.auth.models import Group

from payments.actions import reviewing
from payments.models import Check
from tests import stories
from tests.payments.conftest import NOW

DISPOSABLE = "mere@mailinator.com"


def risk(name: str = "tomas"):
    """A person of the risk staff who is party to nothing."""
    user = stories.person(f"{name}@staff.test", full_name=f"{name.title()} Staff", is_staff=True)
    user.groups.add(Group.objects.get(name="risk"))
    return type(user).objects.get(pk=user.pk)  # permissions are cached on the instance


def suspicious(world, settings) -> None:
    """From here on the buyer's payments score 40 for its mail address, and that is enough."""
    settings.FRAUD_THRESHOLD, settings.FRAUD_WEIGHTS = 40, {"first_large": 0}
    world.buyer.email = DISPOSABLE
    world.buyer.save()


def approve(payment, by, now=NOW, reason="The company answers its phone."):
    return reviewing.approve_payment(check_id=check_of(payment).id, reason=reason, by=by, now=now)


def decline(payment, by, now=NOW, reason="Nobody answers."):
    return reviewing.decline_payment(check_id=check_of(payment).id, reason=reason, by=by, now=now)


def check_of(payment) -> Check:
    return Check.objects.get(payment=payment)
