"""Phone numbers by the numbering plan: Chinese by default, mobile or landline with area code."""

from __future__ import annotations

from phonenumbers import NumberParseException, is_valid_number, parse

from shared import Bilingual, Invalid


class PhoneInvalid(Invalid, title_zh="电话号码须符合编号规则"):
    """A phone number must exist in the numbering plan."""

    field = "phone"
    way_out = Bilingual(
        "手机11位，固定电话请加区号", "11 digits for a mobile, area code first for a landline"
    )


def require_callable_phone(phone: str | None, field: str) -> None:
    """Raise `PhoneInvalid` at `field` where nobody can be called under this number; none is no error."""
    if phone is None:
        return
    try:
        valid = is_valid_number(parse(phone, "CN"))
    except NumberParseException:
        valid = False
    if not valid:
        raise PhoneInvalid(field=field)
