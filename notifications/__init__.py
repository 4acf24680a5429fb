"""Telling people and systems: for now the calendar of deadlines."""
