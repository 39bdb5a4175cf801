"""`AnyName`: a name at the end of a path, whatever is in it: slashes and line ends too."""

from __future__ import annotations

from starlette.convertors import Convertor

__all__ = ["AnyName"]


class AnyName(Convertor[str]):
    """As `{name:any}` in a route; that of the framework ends at a line's end."""

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value
