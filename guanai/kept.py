"""Files of ours that are read back: whole, or with a sentence about what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class FileBroken(Exception):
    """A file of ours does not hold what it must. Names the file, the rule and the way out, never a value."""

    def __init__(self, path: Path, rule: str, way_out: str) -> None:
        super().__init__(f"{path} 的内容不对 / is not as it must be: {rule}")
        self.path = path
        self.way_out = way_out


def read_kept(path: Path, kind: type[M], way_out: str) -> M:
    """What is kept in the file. Raises `FileBroken`, `OSError`."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as broken:
        raise FileBroken(path, rule_of(broken), way_out) from None


def rule_of(broken: ValidationError) -> str:
    """The first thing that is wrong: where, and why; the value itself may be a secret and is left out."""
    first = broken.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
