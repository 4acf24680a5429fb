"""The team of a company: who acts for it, who is asked to, and the page that an invitation leads to."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from suppliers import acting, actions
from suppliers.forms import ROLES, InvitationForm
from suppliers.models import Member
from trade_assurance.refused import Refused

CHANGED = {
    Member.Role.OWNER: _lazy("{person}: owner."),
    Member.Role.SALES: _lazy("{person}: sales."),
    Member.Role.FINANCE: _lazy("{person}: finance."),
}


@acting.for_supplier
def team(request, member):
    supplier, now = member.supplier, timezone.now()
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(supplier_id=supplier.pk, by=request.user, now=now, **form.cleaned_data)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("{email} gets a mail with a link to join.").format(email=invitation.email))
            return redirect("portal:team")
    is_owner = member.role == member.Role.OWNER
    context = {
        "form": form,
        "member": member,
        "is_owner": is_owner,
        "supplier": supplier,
        "members": supplier.members.select_related("user").order_by("joined_at", "id"),
        "invitations": supplier.invitations.open(now).order_by("expires_at", "id") if is_owner else (),
        "roles": [(role, Member.Role(role).label) for role, _said in ROLES],
        "active": "team",
    }
    return render(request, "portal/team.html", context, status=422 if form.errors else 200)


@acting.for_supplier
@require_POST
def withdraw(request, member, invitation_id):
    invitation = get_object_or_404(member.supplier.invitations, pk=invitation_id)
    try:
        actions.withdraw_invitation(invitation_id=invitation.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation of {email} no longer works.").format(email=invitation.email))
    return redirect("portal:team")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request, token):
    now = timezone.now()
    if request.method == "POST" and request.user.is_authenticated:
        try:
            member = actions.accept_invitation(token=token, by=request.user, now=now)
        except Refused as error:
            messages.error(request, str(error))
        else:
            acting.switch(request, member.supplier.slug)
            messages.success(request, _("You act for {supplier} now.").format(supplier=member.supplier))
            return redirect("portal:home")
    invitation = actions.invitation_of(token, now)
    context = {"invitation": invitation}
    return render(request, "portal/join.html", context, status=200 if invitation else 404)


@acting.for_supplier
@require_POST
def change_role(request, member, member_id):
    other = get_object_or_404(member.supplier.members.select_related("user"), pk=member_id)
    try:
        changed = actions.change_role(
            member_id=other.pk, role=request.POST.get("role", ""), by=request.user, now=timezone.now()
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        said = CHANGED[changed.role].format(person=other.user.full_name or other.user.email)
        messages.success(request, said)
    return redirect("portal:team")


@acting.for_supplier
@require_POST
def remove_member(request, member, member_id):
    other = get_object_or_404(member.supplier.members.select_related("user"), pk=member_id)
    try:
        actions.remove_member(member_id=other.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
        return redirect("portal:team")
    messages.success(
        request,
        _("{person} no longer acts for {supplier}.").format(
            person=other.user.full_name or other.user.email, supplier=member.supplier
        ),
    )
    return redirect("portal:home" if other.pk == member.pk else "portal:team")
