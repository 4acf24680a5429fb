"""Every route that the header knows, answering with an empty page of the site."""

from django.shortcuts import render
from django.urls import include, path

from trade_assurance.urls import handler500  # noqa: F401
from trade_assurance.urls import urlpatterns as real


def empty(request, **kwargs):
    return render(request, "404.html", {"needs_you": 3})


def routes(namespace, **addresses):
    return path("", include(([path(address, empty, name=name) for name, address in addresses.items()], namespace)))


urlpatterns = [
    routes("orders", dashboard="dashboard/", list="orders/", new="orders/new/", request="orders/request/"),
    routes(
        "portal",
        home="portal/",
        orders="portal/orders/",
        payouts="portal/payouts/",
        team="portal/team/",
        profile="portal/profile/",
    ),
    routes("suppliers", directory="suppliers/", switch="switch/"),
    path("payments/1/", empty),
    path("orders/TA-1/", empty),
    *real,
]
