"""The words that the directory searches, written anew whenever a supplier or its products say something else."""

from collections.abc import Iterable

from django.db import connection, transaction

from suppliers.models import Supplier

BATCH = 500
TEXT_MAX = 100_000  # characters of one supplier, so that its words always fit a tsvector
ABOUT_MAX = 300  # of them for each product's description

# Names come before descriptions, so that what is cut off matters least. English makes "lamps" find "lamp"; the plain
# words beside it keep names whole, and let a search begin with the first letters.
TEXTS = """
WITH texts AS (
    SELECT s.id AS supplier_id,
           left(concat_ws(' ', s.name, s.city, c.words, p.words, s.about, p.about), %(most)s) AS words
    FROM suppliers_supplier s
    LEFT JOIN LATERAL (
        SELECT string_agg(c.name, ' ') AS words FROM suppliers_supplier_categories sc
        JOIN suppliers_category c ON c.id = sc.category_id WHERE sc.supplier_id = s.id
    ) c ON TRUE
    LEFT JOIN LATERAL (
        SELECT string_agg(concat_ws(' ', p.name, c.name), ' ') AS words,
               string_agg(left(p.description, %(about)s), ' ') AS about
        FROM suppliers_product p JOIN suppliers_category c ON c.id = p.category_id
        WHERE p.supplier_id = s.id AND p.is_listed AND p.archived_at IS NULL AND p.taken_out_at IS NULL
    ) p ON TRUE
    WHERE s.id = ANY(%(ids)s)
)
"""
ENTRIES = """
INSERT INTO suppliers_directoryentry (supplier_id, words)
SELECT supplier_id, strip(to_tsvector('english', words)) || strip(to_tsvector('simple', words)) FROM texts
ON CONFLICT (supplier_id) DO UPDATE SET words = EXCLUDED.words
"""
WORDS = """
INSERT INTO suppliers_directoryword (word)
SELECT DISTINCT said.word FROM texts
CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('simple', texts.words))) AS said(word)
WHERE said.word ~ '^[[:alpha:]]{3,30}$'
AND NOT EXISTS (SELECT FROM suppliers_directoryword known WHERE known.word = said.word)
ORDER BY said.word
ON CONFLICT (word) DO NOTHING
"""


def note_words(supplier_ids: Iterable[int]) -> None:
    """Write the words of suppliers anew. Runs in the caller's transaction, which holds the suppliers' rows."""
    values = {"ids": list(supplier_ids), "most": TEXT_MAX, "about": ABOUT_MAX}
    with connection.cursor() as cursor:
        cursor.execute(TEXTS + ENTRIES, values)
        cursor.execute(TEXTS + WORDS, values)


def note_all_words() -> int:
    """Write the words of every supplier anew, so that a renamed category is found; how many there were."""
    ids = list(Supplier.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = Supplier.objects.filter(pk__in=ids[start : start + BATCH]).order_by("pk")
            note_words([row.pk for row in batch.select_for_update(of=("self",), no_key=True)])
    return len(ids)
