"""Photos of products over REST, sent as multipart; kept and changed by owners and sales staff."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from suppliers import actions, photos
from suppliers.api.company import CompanyThings
from suppliers.models import Product, ProductPhoto
from suppliers.models.product import WIDTHS
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import uploads
from trade_assurance.rest.parsing import BoundedJSON
from trade_assurance.uploads import BadFile

PHOTOS = "products/(?P<product_id>[0-9]{1,18})/photos"
ONE = f"{PHOTOS}/(?P<photo_id>[0-9]{{1,18}})"


class ProductPhotoSerializer(serializers.ModelSerializer):
    """A photo of a product, made anew without metadata; `sha256` is that of the file that was sent."""

    addresses = serializers.SerializerMethodField()

    class Meta:
        model = ProductPhoto
        fields = ["id", "width", "height", "sha256", "added_at", "addresses"]
        read_only_fields = fields

    def get_addresses(self, photo) -> dict[str, str]:
        return {str(width): f"/products/photos/{photo.public_id}/{width}/" for width in WIDTHS}


class ProductPhotoUpload(Strict):
    """A photo, by its content."""

    photo = serializers.FileField(help_text=f"{photos.TYPES}, at least {photos.SMALLEST} pixels each way")


class ProductPhotoView(CompanyThings):
    """Photos of one's own products; buyers read them with the product."""

    serializer_class = ProductPhotoSerializer
    pagination_class = None
    parser_classes = [MultiPartParser]

    def _product(self) -> Product:
        return get_object_or_404(Product, supplier=self.company(), pk=self.kwargs["product_id"])

    def _photo(self) -> ProductPhoto:
        return get_object_or_404(self._product().photos, pk=self.kwargs["photo_id"])

    def _all(self) -> Response:
        rows = self._product().photos.order_by("place", "id")
        return Response(ProductPhotoSerializer(rows, many=True).data)

    @extend_schema(responses=ProductPhotoSerializer(many=True))
    @action(methods=["get"], detail=True, url_path=PHOTOS)
    def photos(self, request, slug, product_id):
        """The photos of your product as they are shown, the first one first."""
        return self._all()

    @extend_schema(request=ProductPhotoUpload, responses={201: ProductPhotoSerializer})
    @photos.mapping.post
    @uploads
    def add(self, request, slug, product_id):
        """Add a photo behind the others (owners and sales staff); the same one again is one."""
        product, given = self._product(), self.read(ProductPhotoUpload)
        try:
            made = actions.add_photo(product_id=product.pk, upload=given["photo"], by=request.user, now=timezone.now())
        except BadFile as error:
            error.field = "photo"
            raise
        return Response(ProductPhotoSerializer(made).data, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(methods=["delete"], detail=True, url_path=ONE)
    def remove(self, request, slug, product_id, photo_id):
        """Remove a photo (owners and sales staff)."""
        actions.remove_photo(photo_id=self._photo().pk, by=request.user, now=timezone.now())
        return Response(status=204)

    @extend_schema(request=None, responses={200: ProductPhotoSerializer(many=True)})
    @action(methods=["post"], detail=True, url_path=f"{ONE}/first", parser_classes=[BoundedJSON])
    def put_first(self, request, slug, product_id, photo_id):
        """Show this photo first, in lists too (owners and sales staff); all photos in their new order."""
        actions.put_photo_first(photo_id=self._photo().pk, by=request.user, now=timezone.now())
        return self._all()
