"""Chance as SQL: the same for the same seed, and another for each use."""

from dataclasses import dataclass

from apps.reporting.bulk.tables import texts

MASK = (1 << 53) - 1


@dataclass(frozen=True)
class Chance:
    """Expressions that look random over a number `of`; `use` tells one use from another."""

    seed: int
    run: str  # tells the rows of one run from those of another with the same seed

    def whole(self, use: int, of: str = "n") -> str:
        """A whole number from 0 to 2^53 - 1."""
        return f"(hashint8extended({of}, {self.seed * 1000 + use}) & {MASK})"

    def share(self, use: int, of: str = "n") -> str:
        """A number from 0 up to 1."""
        return f"({self.whole(use, of)}::float8 / {MASK + 1})"

    def below(self, most: int, use: int, of: str = "n") -> str:
        """A whole number from 0 up to `most`."""
        return f"({self.whole(use, of)} % {most})::integer"

    def one_of(self, values: tuple[str, ...], use: int, of: str = "n") -> str:
        """One of these texts."""
        return f"({texts(values)})[1 + {self.below(len(values), use, of)}]"

    def key(self, kind: str, *of: str) -> str:
        """A key for a row of a kind, made of what tells it from others."""
        return f"md5(concat_ws(':', '{self.run}', '{kind}', {', '.join(of)}))::uuid"
