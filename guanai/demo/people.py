"""Synthetic people: names, phones and resident IDs that belong to nobody. All from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

COUNTY = "339901"
"""No such county: 3399 is not assigned, so no real resident ID begins with it."""

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁于蒋蔡"
_GIRLS = "雨欣梦琪诗涵可馨佳怡思彤若曦语桐雅静晓敏春燕秋月小梅丽华芳菲书瑶晨露安琪静怡心悦"
_BOYS = "浩宇子轩俊杰志强天佑文博晨阳建国小军明辉嘉豪宇航家乐海涛永康立新思远启明柏林"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


@dataclass
class Names:
    """Gives names, none twice."""

    random: Random
    given: set[str] = field(default_factory=set)

    def child(self, *, girl: bool, surname: str | None = None) -> str:
        """A child's name: surname and two characters."""
        return self._fresh(_GIRLS if girl else _BOYS, surname)

    def adult(self, *, woman: bool, surname: str | None = None) -> str:
        """An adult's name."""
        return self._fresh(_GIRLS if woman else _BOYS, surname)

    def _fresh(self, pairs: str, surname: str | None) -> str:
        while True:
            family = surname or self.random.choice(_SURNAMES)
            first, second = self.random.randrange(len(pairs) // 2), self.random.randrange(len(pairs))
            name = f"{family}{pairs[2 * first]}{pairs[second]}"
            if name not in self.given:
                self.given.add(name)
                return name


def phone(random: Random) -> str:
    """A mobile number of the right shape."""
    return f"13{random.randrange(10)}{random.randrange(10**8):08d}"


def resident_id(random: Random, born: date, *, girl: bool) -> str:
    """18 characters with the right birth date, sex digit and check digit, in a county that is not there."""
    order = random.randrange(1, 499) * 2 + (0 if girl else 1)
    body = f"{COUNTY}{born:%Y%m%d}{order:03d}"
    return (
        body
        + _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]
    )
