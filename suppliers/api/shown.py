"""How products are shown and written."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers

from suppliers.actions.products import QUANTITY_MAX, TEXT_MAX, UNIT_MAX
from suppliers.models import Category, Product
from trade_assurance import money
from trade_assurance.rest.fields import Amount, Sparse, Strict, Whole
from trade_assurance.rulebook import CURRENT

PRODUCT = {
    "name": "Pendant lamp, matt black",
    "category": "lighting",
    "description": "Diameter 400 mm, E27, steel",
    "currency": "USD",
    "unit": "pieces",
    "minimum_quantity": 50,
    "lead_days": 20,
    "hs_code": "9405.11",
    "steps": [{"quantity_from": 50, "unit_price": "100.00"}, {"quantity_from": 500, "unit_price": "92.50"}],
}
ROLE = {"role": "sales"}
INVITATION = {"email": "li.na@lumenworks.example", "role": "finance"}
ASK = {"note": "The works are in Zhongshan; ask for Li Na at the gate."}
PROFILE = {"city": "Zhongshan", "about": "Pendant lamps for hotels, since 2009.", "categories": ["lighting"]}


def example(name: str, value: dict) -> list[OpenApiExample]:
    """The example of a request's body."""
    return [OpenApiExample(name, value=value, request_only=True)]


class PriceStepSerializer(serializers.Serializer):
    """From this quantity on a unit costs so much."""

    quantity_from = serializers.IntegerField()
    unit_price = Amount(source="unit_price_minor", currency="product.currency")


class ProductSerializer(Sparse, serializers.ModelSerializer):
    """A product with its price steps and the addresses of its photos."""

    category = serializers.CharField(source="category.slug", read_only=True)
    steps, photos = serializers.SerializerMethodField(), serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id",
            "slug",
            "name",
            "category",
            "description",
            "currency",
            "unit",
            "minimum_quantity",
            "lead_days",
            "hs_code",
            "steps",
            "photos",
            "is_listed",
            "archived_at",
            "taken_out_because",
        ]
        read_only_fields = fields

    @extend_schema_field(PriceStepSerializer(many=True))
    def get_steps(self, product):
        return PriceStepSerializer(product.ladder, many=True).data

    def get_photos(self, product) -> list[str]:
        return [f"/products/photos/{photo.public_id}/800/" for photo in product.photos.all()]


class PriceWriteSerializer(Strict):
    """One price step."""

    quantity_from, unit_price = Whole(min_value=1, max_value=QUANTITY_MAX), Amount()


class ProductWriteSerializer(Strict):
    """What a product is and costs; the first price step counts from the minimum quantity."""

    name = serializers.CharField(max_length=TEXT_MAX["name"])
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.order_by("slug"))
    description = serializers.CharField(max_length=TEXT_MAX["description"], allow_blank=True, default="")
    currency = serializers.ChoiceField(choices=list(money.CURRENCIES))
    unit = serializers.CharField(max_length=UNIT_MAX)
    minimum_quantity = Whole(min_value=1, max_value=QUANTITY_MAX)
    lead_days = Whole(min_value=1, max_value=CURRENT.lead_days_max)
    hs_code = serializers.CharField(max_length=20, allow_blank=True, default="")
    is_listed = serializers.BooleanField(default=True)
    steps = PriceWriteSerializer(many=True, allow_empty=False, max_length=CURRENT.price_steps_max)
