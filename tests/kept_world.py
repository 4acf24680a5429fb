"""The stories' world, walked to once a run through the real actions and from then on written as the rows it left."""

import io
import pickle

import time_machine
from django.db import connection

# What migrations made and tests read: roles and what they may. Emptying the database between tests leaves it.
FILLED = {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "django_migrations"}


class KeptWorld:
    """Rows of a world in an empty database. What cannot be kept safely is built anew, as if this did not exist."""

    def __init__(self, build):
        self.build = build
        self.rows: dict[str, bytes] = {}
        self.pickled = b""

    def get(self):
        """A world: the first by the real actions, others by its rows, with the same ids and a clone of the objects."""
        if time_machine.escape_hatch.is_travelling() or not connection.in_atomic_block or not self._may_write():
            return self.build()  # rows bear the clock; a commit has consequences beyond rows
        if self._filled():
            return self.build()
        if not self.rows:
            return self._keep(self.build())
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # what triggers add is among the rows
            for table, rows in self.rows.items():
                cursor.copy_expert(f'COPY "{table}" FROM STDIN', io.BytesIO(rows))
            cursor.execute(f"SET LOCAL session_replication_role = origin; {self.numbering}")
        return pickle.loads(self.pickled)

    def _keep(self, world):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            for table in self._filled():
                out = io.BytesIO()
                cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
                self.rows[table] = out.getvalue()
            self.numbering = "; ".join(
                f"SELECT setval('{sequence['name']}', GREATEST((SELECT MAX(\"{sequence['column']}\") FROM "
                f'"{sequence["table"]}"), (SELECT last_value FROM {sequence["name"]})))'
                for table in self.rows
                for sequence in connection.introspection.get_sequences(cursor, table)
            )
        self.pickled = pickle.dumps(world)
        return world

    def _filled(self) -> list[str]:
        """The tables with rows, but for those that migrations fill."""
        if not hasattr(self, "asking"):
            names = connection.introspection.django_table_names(only_existing=True, include_views=False)
            self.asking = " UNION ALL ".join(
                f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names if name not in FILLED
            )
        with connection.cursor() as cursor:
            cursor.execute(self.asking)
            return sorted(name for (name,) in cursor.fetchall())

    def _may_write(self) -> bool:
        """Whether we may write rows without their triggers: on the servers of `make test`, we may."""
        return connection.connection.info.parameter_status("is_superuser") == "on"
