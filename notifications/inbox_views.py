"""The inbox: what happened, what waits for the reader, and where that is."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import mails
from notifications import inbox
from notifications.models import Notice
from notifications.words import say
from trade_assurance import keyset

PAGE = 25
FILTERS = (("", _lazy("All")), ("unread", _lazy("Unread")), *mails.GROUPS.items())


@login_required
@require_safe
def page(request):
    """The person's notices, the newest first."""
    now = timezone.now()
    chosen = request.GET.get("show", "")
    if chosen not in dict(FILTERS):
        chosen = ""
    found = Notice.objects.filter(user=request.user)
    if chosen == "unread":
        found = found.unread()
    elif chosen:
        found = found.filter(group=chosen)
    found = found.select_related("event", "reminder__dispute")
    rows = keyset.page(found, by=("-id",), cursor=request.GET.get("page", ""), size=PAGE)
    shown = {
        "rows": say(rows.rows, now),
        "newest": rows.rows[0].pk if rows.rows else 0,
        "newer": rows.before and _link(chosen, rows.before),
        "older": rows.after and _link(chosen, rows.after),
        "tabs": [
            {"words": words, "href": _link(key) or "?", "here": key == chosen, "is_unread": key == "unread"}
            for key, words in FILTERS
        ],
        "chosen": chosen,
        "here": request.get_full_path(),
        "now": now,
    }
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, "notifications/inbox.html" if whole else "notifications/inbox_rows.html", shown)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _link(chosen: str, cursor: str = "") -> str:
    parts = [f"show={chosen}"] if chosen else []
    parts += [f"page={cursor}"] if cursor else []
    return f"?{'&'.join(parts)}" if parts and (cursor or chosen) else ""


@login_required
@require_POST
def mark_read(request, pk):
    """Mark one notice as read; one that is read, or somebody else's, changes nothing."""
    inbox.read(notice_id=pk, by=request.user, now=timezone.now())
    return redirect(_back(request))


@login_required
@require_POST
def mark_all_read(request):
    """Mark what the page showed, and what is older, as read."""
    until = request.POST.get("until", "")
    group = request.POST.get("group", "")
    if not (until.isascii() and until.isdecimal() and int(until) < 2**63) or group not in dict(FILTERS):
        messages.error(request, _("This page is too old. Open your inbox again."))
        return redirect("notifications:inbox")
    group = "" if group == "unread" else group
    done = inbox.read_all(by=request.user, until=int(until), group=group, now=timezone.now())
    words = ngettext("{n} marked as read.", "{n} marked as read.", done).format(n=done)
    messages.success(request, words if done else _("There was nothing unread."))
    return redirect(_back(request))


def _back(request) -> str:
    """The page that the button was on, if it is the inbox; nothing else is followed."""
    here, home = request.POST.get("here", ""), reverse("notifications:inbox")
    is_ours = url_has_allowed_host_and_scheme(here, allowed_hosts=None)
    return here if is_ours and (here == home or here.startswith(f"{home}?")) else home
