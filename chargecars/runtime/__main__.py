"""`make run`."""

import sys

from django.core.exceptions import ImproperlyConfigured

from chargecars.runtime.process import RuntimeProblem
from chargecars.runtime.supervisor import Supervisor

if __name__ == "__main__":
    try:
        sys.exit(Supervisor().run())
    except (RuntimeProblem, ImproperlyConfigured) as problem:
        sys.exit(f"chargecars: {problem}")
