"""A company's team over REST: who acts for it and as what; owners change it, by the same rules as on the page."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from suppliers import actions
from suppliers.api.company import CompanyThings
from suppliers.api.shown import INVITATION, ROLE, example
from suppliers.models import Invitation, Member
from trade_assurance.rest.fields import Strict


class MemberSerializer(serializers.ModelSerializer):
    """A person who acts for the company."""

    name = serializers.CharField(source="user.full_name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Member
        fields = ["id", "name", "email", "role", "joined_at"]
        read_only_fields = fields


class RoleSerializer(Strict):
    """What the person may do from now on."""

    role = serializers.ChoiceField(choices=Member.Role.choices)


class InvitationSerializer(serializers.ModelSerializer):
    """Somebody who was asked by mail and has not answered yet. The link to join is in that mail alone."""

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "invited_at", "expires_at"]
        read_only_fields = fields


class InviteSerializer(Strict):
    """Whom to ask, and to act as what."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Member.Role.choices)


class TeamView(CompanyThings):
    """For those who work there; for everybody else there is no such address."""

    tag = "Team (supplier)"
    serializer_class = MemberSerializer
    pagination_class = None

    def _team(self):
        return self.company().members.select_related("user").order_by("joined_at", "id")

    @extend_schema(responses=MemberSerializer(many=True))
    @action(methods=["get"], detail=True)
    def team(self, request, slug):
        """Who acts for the company, since when and as what."""
        return Response(MemberSerializer(self._team(), many=True).data)

    @extend_schema(request=RoleSerializer, responses={200: MemberSerializer}, examples=example("Role", ROLE))
    @action(methods=["put"], detail=True, url_path="team/(?P<member_id>[0-9]{1,18})")
    def change_role(self, request, slug, member_id):
        """Give a person another role (owners); at least one owner stays."""
        member = get_object_or_404(self._team(), pk=member_id)
        role = self.read(RoleSerializer)["role"]
        actions.change_role(member_id=member.pk, role=role, by=request.user, now=timezone.now())
        return Response(MemberSerializer(self._team().get(pk=member.pk)).data)

    @extend_schema(request=None, responses={204: None})
    @change_role.mapping.delete
    def remove(self, request, slug, member_id):
        """End a person's membership, yours too (owners); at least one owner stays."""
        member = get_object_or_404(self._team(), pk=member_id)
        actions.remove_member(member_id=member.pk, by=request.user, now=timezone.now())
        return Response(status=204)

    @extend_schema(responses=InvitationSerializer(many=True))
    @action(methods=["get"], detail=True)
    def invitations(self, request, slug):
        """Invitations that nobody has answered yet; owners see them, for others the list is empty."""
        supplier, is_owner = self.company(), self.member().role == Member.Role.OWNER
        rows = supplier.invitations.open(timezone.now()).order_by("expires_at", "id") if is_owner else ()
        return Response(InvitationSerializer(rows, many=True).data)

    @extend_schema(
        request=InviteSerializer, responses={201: InvitationSerializer}, examples=example("Invitation", INVITATION)
    )
    @invitations.mapping.post
    def invite(self, request, slug):
        """Ask somebody by mail to act for the company (owners); an open invitation of the same address gives way."""
        supplier, given = self.company(), self.read(InviteSerializer)
        made = actions.invite(supplier_id=supplier.pk, by=request.user, now=timezone.now(), **given)
        return Response(InvitationSerializer(made).data, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(methods=["delete"], detail=True, url_path="invitations/(?P<invitation_id>[0-9]{1,18})")
    def withdraw(self, request, slug, invitation_id):
        """Take an invitation back (owners): its link no longer works."""
        found = get_object_or_404(self.company().invitations, pk=invitation_id)
        actions.withdraw_invitation(invitation_id=found.pk, by=request.user, now=timezone.now())
        return Response(status=204)
