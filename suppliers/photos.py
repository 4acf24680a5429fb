"""Photos of products: checked by content, made anew without metadata, in a few widths."""

import io
from dataclasses import dataclass

from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from PIL import Image

from suppliers.models.product import WIDTHS
from trade_assurance import uploads
from trade_assurance.rulebook import CURRENT

TYPES = _lazy("JPEG, PNG or WebP")
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
ACCEPT = "image/jpeg,image/png,image/webp,.jpg,.jpeg,.png,.webp"
CONTENT_TYPE = "image/webp"
SMALLEST = 200  # pixels; less shows nothing


@dataclass(frozen=True)
class Copies:
    """A photo's copies, one for each of `WIDTHS`, and the pixels of the largest."""

    sha256: str
    width: int
    height: int
    files: tuple[ContentFile, ...]


def copies_of(upload: File) -> Copies:
    """The copies of a picture that somebody sent; raises BadFile with what is wrong with it."""
    found = uploads.examine(
        upload, max_bytes=CURRENT.file_max_bytes, endings=ENDINGS, types=TYPES, purpose=_("a product's photo")
    )
    whole = Image.open(io.BytesIO(found.preview))  # our own copy: upright, clean, and no wider than the largest width
    if min(whole.size) < SMALLEST:
        raise uploads.BadFile(
            _("{name} is smaller than {least} pixels. Add a larger photo.").format(name=found.name, least=SMALLEST)
        )
    files = []
    for width in WIDTHS:
        picture = whole.copy()
        if picture.width > width:
            height = max(1, round(picture.height * width / picture.width))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        kept = io.BytesIO()
        picture.save(kept, "WEBP", quality=82, method=4)
        files.append(ContentFile(kept.getvalue(), name="photo.webp"))
    return Copies(found.sha256, whole.width, whole.height, tuple(files))
