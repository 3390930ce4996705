"""One file that holds the whole system, and its way back.

A backup is a tar file: the database as pg_dump writes it, of one moment; the attachments; and a manifest with what must
be found again, down to a sum over the rows of each table. Rights are not in it: they are given anew at the end of a
restore, and until then the application can read nothing of a database that is half there.
"""

from apps.core.backup.making import make
from apps.core.backup.parts import BackupProblem
from apps.core.backup.restoring import before_use, restore

__all__ = ["BackupProblem", "before_use", "make", "restore"]
