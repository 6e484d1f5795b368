"""Organizations as their keys see them."""

from datetime import datetime

import strawberry.pydantic

import db.organization
from schema.node import Node


@strawberry.pydantic.type(description="Who everything here belongs to.")
class Organization(db.organization.Details, Node):
    created_at: datetime
