"""The township as it is before anybody writes anything down: who lives where, with whom, and who helps.

The figures are those of the source's township (scenario C); people and places are made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from guanai.demo.people import COUNTY, Names, phone, resident_id
from services.registry.events import GuardianRelation, Parent, Sex

TOWNSHIP = f"{COUNTY}101"
CHILDREN = 193
WITH_GRANDPARENTS = 154
WITH_TEACHERS = 12
WITH_RELATIVES = CHILDREN - WITH_GRANDPARENTS - WITH_TEACHERS
SURROGATE_MOTHERS = 11
SPONSORED = 4
RIGHTS_STATIONS = 39
VILLAGES = RIGHTS_STATIONS - 1
"""One rights station in each village and one at the township's federation."""
PAINTERS = 100
CHILDREN_PER_TEACHER = 3
WITHOUT_MENTOR_TILL_AUTUMN = 6

_VILLAGE_NAMES = "上下东西南北前后里外"
_VILLAGE_ENDS = ("坑", "岙", "溪", "山", "湾", "塘")
_CITIES = ("杭州", "宁波", "上海", "苏州", "深圳", "东莞", "厦门", "昆明")
_WORK = ("服装厂", "建筑工地", "家具厂", "饭店", "电子厂", "快递站", "菜场")
_HOBBIES = ("画画", "唱歌", "跑步", "下棋", "看书", "打篮球", "跳绳", "剪纸")
DIALECT, MANDARIN = "橘乡话", "普通话"


@dataclass(frozen=True, slots=True)
class School:
    """A school and the grades that it teaches."""

    index: int
    name: str
    lowest: int
    highest: int
    weight: int = 1
    """How many pupils it has beside the others."""


_SCHOOLS = (
    School(0, "橘乡镇中心校", 1, 6, 3),
    School(1, "橘乡中学", 7, 9),
    School(2, "北溪完小", 1, 6),
    School(3, "南山完小", 1, 6),
    School(4, "东塘完小", 1, 6),
)


@dataclass(frozen=True, slots=True)
class Village:
    """A village by its division code."""

    index: int
    name: str

    @property
    def division(self) -> str:
        """12 digits."""
        return f"{TOWNSHIP}{201 + self.index}"


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the child's family."""

    name: str
    phone: str
    languages: tuple[str, ...] = (MANDARIN,)
    age: int = 40
    place: str = ""
    employer: str = ""
    away_since: date | None = None


@dataclass(frozen=True, slots=True)
class ChildToBe:
    """A child as it is."""

    index: int
    name: str
    sex: Sex
    born: date
    resident_id: str | None
    village: int
    school: int
    grade: int
    guardianship: GuardianRelation
    guardian: Relative
    parents: tuple[tuple[Parent, Relative], ...]
    hobby: str

    @property
    def key(self) -> str:
        """Stable name of the child in the plan."""
        return f"child-{self.index}"

    def parent(self, which: Parent) -> Relative | None:
        """The mother or the father, where they are away."""
        return dict(self.parents).get(which)


@dataclass(frozen=True, slots=True)
class Carer:
    """A mentor to be, and the children meant for them."""

    index: int
    name: str
    phone: str
    school: int | None
    """None: a surrogate mother of the federation."""
    children: tuple[int, ...]


class Plan:
    """Everything that the story presumes, drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 -- synthetic people, not secrets
        self.names = Names(self.random)
        self.schools = _SCHOOLS
        self.villages = tuple(Village(i, self._village_name(i)) for i in range(VILLAGES))
        self.children = tuple(self._child(i, relation) for i, relation in enumerate(self._guardianships()))
        self.strangers = tuple(self._child(CHILDREN + i, GuardianRelation.GRANDPARENT) for i in range(3))
        """Listed by mistake: two by a village, one by a school; their parents are at home."""
        self.carers = tuple(self._carers())

    @cached_property
    def boy(self) -> ChildToBe:
        """The boy of scenario E: his grandmother speaks only dialect, his mother works away."""
        return next(child for child in self.children if self.is_the_boy(child.index))

    @staticmethod
    def is_the_boy(index: int) -> bool:
        """Whether the child of this index is the one whom calls do not reach."""
        return index == WITH_GRANDPARENTS - 1

    def of_school(self, school: int) -> list[ChildToBe]:
        """The pupils of a school."""
        return [child for child in self.children if child.school == school]

    def of_village(self, village: int) -> list[ChildToBe]:
        """The children of a village."""
        return [child for child in self.children if child.village == village]

    @cached_property
    def sponsored(self) -> Sequence[ChildToBe]:
        """The children in hardship who are sponsored."""
        return self.children[5 : 5 + SPONSORED]

    @cached_property
    def late_paired(self) -> frozenset[int]:
        """Children for whom a mentor is found only in autumn."""
        return frozenset(range(40, 40 + WITHOUT_MENTOR_TILL_AUTUMN))

    def _guardianships(self) -> list[GuardianRelation]:
        return (
            [GuardianRelation.GRANDPARENT] * WITH_GRANDPARENTS
            + [GuardianRelation.RELATIVE] * WITH_RELATIVES
            + [GuardianRelation.TEACHER] * WITH_TEACHERS
        )

    @staticmethod
    def _village_name(index: int) -> str:
        first = _VILLAGE_NAMES[index % len(_VILLAGE_NAMES)]
        return f"{first}{_VILLAGE_ENDS[index // len(_VILLAGE_NAMES)]}村"

    def _child(self, index: int, relation: GuardianRelation) -> ChildToBe:
        random, girl = self.random, self.random.random() < 0.48 and not self.is_the_boy(index)  # noqa: PLR2004
        name = self.names.child(girl=girl)
        grade = random.randint(1, 8)
        born = date(2018 - grade, 9, 1) + timedelta(days=random.randrange(365))
        schools = [school for school in self.schools if school.lowest <= grade <= school.highest]
        return ChildToBe(
            index=index,
            name=name,
            sex=Sex.FEMALE if girl else Sex.MALE,
            born=born,
            resident_id=resident_id(random, born, girl=girl) if random.random() < 0.8 else None,  # noqa: PLR2004
            village=index % VILLAGES,
            school=random.choices(schools, [school.weight for school in schools])[0].index,
            grade=grade,
            guardianship=relation,
            guardian=self._guardian(name[0], relation, dialect_only=self.is_the_boy(index)),
            parents=self._parents(name[0], only_mother=self.is_the_boy(index)),
            hobby=random.choice(_HOBBIES),
        )

    def _guardian(self, surname: str, relation: GuardianRelation, *, dialect_only: bool) -> Relative:
        old = relation is GuardianRelation.GRANDPARENT
        languages = (DIALECT,) if dialect_only else (MANDARIN, DIALECT)
        return Relative(
            name=self.names.adult(woman=True, surname=None if dialect_only or not old else surname),
            phone=phone(self.random),
            languages=languages,
            age=self.random.randint(58, 76) if old else self.random.randint(28, 52),
        )

    def _parents(self, surname: str, *, only_mother: bool) -> tuple[tuple[Parent, Relative], ...]:
        parents = [(Parent.MOTHER, self._parent(woman=True, surname=None))]
        if not only_mother:
            parents.append((Parent.FATHER, self._parent(woman=False, surname=surname)))
        return tuple(parents)

    def _parent(self, *, woman: bool, surname: str | None) -> Relative:
        random = self.random
        return Relative(
            name=self.names.adult(woman=woman, surname=surname),
            phone=phone(random),
            place=random.choice(_CITIES),
            employer=random.choice(_WORK),
            away_since=date(2024, 9, 1) - timedelta(days=random.randrange(1500)),
        )

    def _carers(self) -> list[Carer]:
        """Surrogate mothers take one child each, teachers of the child's own school two or three."""
        chosen = range(SURROGATE_MOTHERS)
        carers = [Carer(i, self._woman(), phone(self.random), None, (i,)) for i in chosen]
        for school in self.schools:
            pupils = [child.index for child in self.of_school(school.index) if child.index not in chosen]
            pupils.sort(key=lambda index: index in self.late_paired)
            while pupils:
                taken, pupils = pupils[:CHILDREN_PER_TEACHER], pupils[CHILDREN_PER_TEACHER:]
                carers.append(
                    Carer(len(carers), self._woman(), phone(self.random), school.index, tuple(taken))
                )
        return carers

    def _woman(self) -> str:
        return self.names.adult(woman=True)
