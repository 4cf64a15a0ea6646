"""The endpoint as it is usually written: FastAPI, SQLAlchemy async, uvicorn; one table, no history.

It checks the same token, validates the same fields and keeps idempotency by a unique key.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Uuid, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.access import Caller
from shared.tokens import load_keys, verify

TABLES = MetaData()
CONTACTS = Table(
    "contacts",
    TABLES,
    Column("contact_id", Uuid, primary_key=True),
    Column("idempotency_key", Uuid, unique=True, nullable=False),
    Column("child_id", Uuid, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("with_whom", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("note", String, nullable=False),
    Column("entered_by", String, nullable=False),
)


class NewContact(BaseModel):
    """The body."""

    model_config = ConfigDict(extra="forbid")

    child_id: UUID
    kind: str = Field(max_length=40)
    with_whom: str = Field(max_length=40)
    at: datetime
    minutes: int = Field(ge=0, le=1440)
    succeeded: bool
    note: str = Field(max_length=2000)


class Made(BaseModel):
    """The answer."""

    id: UUID


def caller(request: Request, authorization: Annotated[str, Header()]) -> Caller:
    """Whose token it is."""
    return verify(request.app.state.keys, authorization.removeprefix("Bearer "))


def app() -> FastAPI:
    """The application, set up from the environment."""
    engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)
    made = FastAPI()
    made.state.keys = load_keys(Path(os.environ["TOKEN_KEYS"]))

    @made.post("/contacts", status_code=201)
    async def add_contact(
        data: NewContact, idempotency_key: Annotated[UUID, Header()], by: Annotated[Caller, Depends(caller)]
    ) -> Made:
        contact_id = uuid4()
        row = data.model_dump(exclude={"succeeded"})
        row |= {"contact_id": contact_id, "idempotency_key": idempotency_key, "entered_by": by.subject}
        try:
            async with engine.begin() as connection:
                await connection.execute(insert(CONTACTS).values(row))
        except IntegrityError as known:
            raise HTTPException(409) from known
        return Made(id=contact_id)

    return made


if __name__ == "__main__":
    uvicorn.run(app, factory=True, port=int(os.environ["PORT"]), log_level="warning", access_log=False)
