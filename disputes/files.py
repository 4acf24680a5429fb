"""Which files may be evidence (Rulebook 16); how they are looked into is `trade_assurance.uploads`."""

from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from trade_assurance import uploads
from trade_assurance.uploads import BadFile, Examined, copy_of, safe_name

__all__ = ["ACCEPT", "TYPES", "BadFile", "Examined", "copy_of", "examine", "safe_name"]

TYPES = _lazy("PDF, JPEG, PNG, WebP, MP4, EML, XML, CSV or TXT")
ACCEPT = (  # of the file input; exact image types let a phone offer its camera, and turn HEIC into JPEG
    "image/jpeg,image/png,image/webp,video/mp4,application/pdf,message/rfc822,text/xml,text/csv,text/plain,"
    ".jpg,.jpeg,.png,.webp,.mp4,.pdf,.eml,.xml,.csv,.txt"
)


def examine(upload: File, *, max_bytes: int) -> Examined:
    """What the upload is, by its content; raises BadFile unless it is whole and of a type of rule 16."""
    return uploads.examine(upload, max_bytes=max_bytes, endings=uploads.KINDS, types=TYPES, purpose=_("evidence"))
