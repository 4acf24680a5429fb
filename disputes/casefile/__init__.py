"""The case file: one ZIP of an order for its parties and for staff, which checks itself (product.md §6.7, ADR 23).

`reader` says who sees what, `papers` and `books` what there is, `packing` puts it into a ZIP, `signing` signs its list
of files. `verify` goes along in the ZIP and runs alone; `checking` runs it here and compares with our own records.
"""
