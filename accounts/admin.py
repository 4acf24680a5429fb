"""Staff pages for people, and the one way into them."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.shortcuts import redirect
from oauth2_provider.models import AccessToken, Application, DeviceGrant, Grant, IDToken, RefreshToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import User

# Staff sign in and change passwords through the same doors as everybody: limits and second factor apply there.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.password_change = lambda request, extra_context=None: redirect("account_change_password")

# These hold secrets, or are the person's own business: not for browsing.
OAUTH = (AccessToken, Application, DeviceGrant, Grant, IDToken, RefreshToken)
for model in (EmailAddress, EmailConfirmation, Authenticator, UserSession, Group, *OAUTH):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "full_name", "company_name", "country", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_active", "groups", "country")
    search_fields = ("email", "full_name", "company_name")
    ordering = ("email",)
    readonly_fields = ("public_id", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "public_id")}),
        ("Person", {"fields": ("full_name", "company_name", "country", "timezone", "language")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "full_name", "password1", "password2")}),)

    def get_readonly_fields(self, request, obj=None):
        """Only a superuser hands out power; the others see who has it."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_delete_permission(self, request, obj=None):
        """People are locked out or erased, never deleted: their orders name them."""
        return False


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass
