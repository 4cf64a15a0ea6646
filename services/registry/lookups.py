"""What a request refers to must exist: looked up in the read models, refused by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from services.language import ChildId, Division, OrganisationId, PartyKind
from services.registry.children.age import below_school_age
from services.registry.children.views import known_children
from services.registry.organisations.views import parties, school_of_class, village_of
from shared import Bilingual, Invalid
from shared.projections import Views


class VillageUnknown(Invalid, title_zh="该村须已登记为机构"):
    """The village must be registered as an organisation."""

    field = "address.village"
    way_out = Bilingual(
        "请核对12位村代码，或先登记该村", "Check the 12-digit code, or register the village first"
    )


class OrganisationNotKnown(Invalid, title_zh="机构须已登记、类别相符且在该区划内"):
    """The organisation must exist, be of the right kind and lie in the division."""

    way_out = Bilingual("请从机构清单中选择", "Choose from the list of organisations")


class ClassNotOfSchool(Invalid, title_zh="班级须属于该学校"):
    """The class must belong to the school."""

    field = "class_id"
    way_out = Bilingual("请选择该校的班级", "Choose one of the school's classes")


class ChildNotKnown(Invalid, title_zh="该儿童须有在册档案"):
    """The child must have an open file."""

    way_out = Bilingual("请从名册中选择孩子", "Choose the child from the roster")


class NotAPupil(Invalid, title_zh="该儿童须在册并在该校就读"):
    """The child must have an open file and attend this school."""

    way_out = Bilingual("请从该校名册中选择", "Choose from the school's roster")


class NotTooYoungForSchool(Invalid, title_zh="该儿童须在册、住在该村且未到学龄"):
    """The child must have an open file, live in this village and be below school age."""

    way_out = Bilingual("请从该村学龄前儿童中选择", "Choose from the village's children below school age")


class CentreElsewhere(Invalid, title_zh="卫生院须与学校或村同属一镇"):
    """The health centre must be in the same township as the school or village."""

    field = "health_centre_id"
    way_out = Bilingual("请选择本镇卫生院", "Choose the health centre of the township")


async def require_village(views: Views, division: Division, field: str = "address.village") -> None:
    """Raise unless the village was founded."""
    if await village_of(views, division) is None:
        raise VillageUnknown(division, field=field)


async def require_school(
    views: Views,
    school_id: OrganisationId | None,
    class_id: UUID | None,
    division: Division = "",
    *,
    field: str = "school_id",
) -> None:
    """Raise unless the school exists in the division, and the class is one of its own."""
    if school_id is not None:
        await known_parties(views, PartyKind.SCHOOL, {field: school_id}, division)
    if class_id is not None and (school_id is None or await school_of_class(views, class_id) != school_id):
        raise ClassNotOfSchool


async def known_parties(
    views: Views, kind: PartyKind, by_field: Mapping[str, OrganisationId], division: Division = ""
) -> Mapping[OrganisationId, RowMapping]:
    """The parties named in the request's fields. Raises `OrganisationNotKnown` at the first wrong field."""
    known = await parties(views, by_field.values())
    for field, organisation_id in by_field.items():
        row = known.get(organisation_id)
        if row is None or row["kind"] != kind or not row["division"].startswith(division):
            raise OrganisationNotKnown(field=field)
    return known


async def require_pupils(
    views: Views, children: Sequence[ChildId], field: str, school_id: OrganisationId
) -> None:
    """Raise unless each child goes to the school; of any other it is not said whether it exists."""
    known = await known_children(views, children)
    for place, child_id in enumerate(children):
        row = known.get(child_id)
        if row is None or row["exited"] or row["school_id"] != school_id:
            raise NotAPupil(field=f"{field}.{place}")


async def require_preschoolers(
    views: Views, children: Sequence[ChildId], field: str, village: Division, on: date
) -> None:
    """Raise unless each child lives in the village and is below school age on the day."""
    known = await known_children(views, children)
    for place, child_id in enumerate(children):
        row = known.get(child_id)
        if (
            row is None
            or row["exited"]
            or row["village"] != village
            or not below_school_age(row["birth_date"], on)
        ):
            raise NotTooYoungForSchool(field=f"{field}.{place}")
