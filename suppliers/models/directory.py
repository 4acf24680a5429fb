"""What the directory searches: each supplier's words, and every word that occurs."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from suppliers.models.company import Supplier


class DirectoryEntry(models.Model):
    """The words of a supplier, its categories and its listed products, apart from the row that every page reads."""

    supplier = models.OneToOneField(
        Supplier, on_delete=models.CASCADE, primary_key=True, related_name="directory_entry"
    )
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="directory_by_words", fastupdate=False)]

    def __str__(self):
        return f"words of {self.supplier_id}"


class DirectoryWord(models.Model):
    """A word that some entry has had, so that a mistyped one finds its neighbours by trigrams."""

    word = models.CharField(max_length=30, unique=True)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="directory_word_alike", fastupdate=False)]

    def __str__(self):
        return self.word
