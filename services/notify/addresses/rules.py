"""How a party is reached outside its inbox, and who stands in for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from email_validator import EmailNotValidError, validate_email

from services.notify.addresses.events import AddressSet
from services.notify.people.standing_in import Office, area_office, may_stand_in
from services.parties import is_party
from shared import Bilingual, Command, Decider, Invalid

_ADDRESSES = UUID("b1a6c4de-2f3b-5d1e-9d43-5f9f0f7c8a21")


class WebhookNotHttp(Invalid, title_zh="回调地址须为 http 或 https 网址，不含用户名、密码和片段"):
    """A webhook is an http or https address with a host, and no user, password or fragment."""

    field = "webhook_url"
    way_out = Bilingual("请填写 https://… 形式的地址", "Give an address like https://…")


class WebhookUnsigned(Invalid, title_zh="回调地址须注明签名密钥的名称"):
    """A webhook needs the name of its signing secret."""

    field = "webhook_secret"
    way_out = Bilingual("请填写签名密钥的名称", "Give the name of the signing secret")


class SecretNotYours(Invalid, title_zh="签名密钥须由运维人员为本单位设置"):
    """The signing secret must be one that the operator set up for your party."""

    field = "webhook_secret"
    way_out = Bilingual(
        "请向运维人员索取签名密钥的名称", "Ask the operator for the name of your signing secret"
    )


class EmailMalformed(Invalid, title_zh="邮箱地址应为 name@domain 的形式"):
    """A mail address has the form name@domain (RFC 5321)."""

    field = "email"
    way_out = Bilingual("请检查邮箱，例如 office@example.cn", "Check the mail address")


class StandInIncomplete(Invalid, title_zh="代理人须注明截止日期，且不早于今天"):
    """A stand-in is named together with the last day of the absence, today or later."""

    field = "stand_in_until"
    way_out = Bilingual("请填写代理人与截止日期", "Name the stand-in and the last day")


class PartyMalformed(Invalid, title_zh="单位应写作“类别:编号”：地区用区划代码，学校和结对人用编号"):
    """A party is written `<kind>:<key>`: a division code for areas, an id for schools and mentors."""

    field = "stand_in"
    way_out = Bilingual("例如 village:331082101201", "For example village:331082101201")


class StandsInForItself(Invalid, title_zh="代理人不能是被代理人自己"):
    """A party cannot stand in for itself."""

    field = "stand_in"
    way_out = Bilingual("请另选代理人", "Choose another stand-in")


class StandInElsewhere(Invalid, title_zh="代理人须为本乡镇同类单位或其上级"):
    """A stand-in is a party of the same kind in the same township, or one above it."""

    field = "stand_in"
    way_out = Bilingual(
        "请填写本乡镇同类单位或上级单位；结对人请填写同单位的结对人或其单位",
        "Name a party of your kind in your township, or one above; for a mentor, its party or a colleague",
    )


class SetAddress(Command):
    """Say how to reach a party, and who stands in."""

    address: AddressSet
    sent: frozenset[str] | None = None
    """The fields that are said; the others stay as they are. None = all."""
    offices: Mapping[str, Office] = {}
    """What is known of the party and of stand-ins that are not about an area."""
    secrets: frozenset[str]
    """Names of the signing secrets that the party may use."""
    today: date


def address_id(party: str) -> UUID:
    """The stream of a party's address."""
    return uuid5(_ADDRESSES, party)


def decide(command: SetAddress, state: AddressSet | None) -> list[AddressSet]:
    """Check what was said; the same again is nothing new."""
    address = _with_what_stays(command, state)
    _require_webhook(address)
    is_said = command.sent is None or "webhook_secret" in command.sent
    if is_said and address.webhook_secret not in {None, *command.secrets}:
        raise SecretNotYours
    if address.email is not None:
        address = address.model_copy(update={"email": mailbox(address.email)[0]})
    _require_stand_in_elsewhere(address, command)
    return [] if address == state else [address]


def _with_what_stays(command: SetAddress, state: AddressSet | None) -> AddressSet:
    """The whole address. A party does not read its webhook back, so it cannot repeat it with a change."""
    said = command.address
    if state is None or command.sent is None:
        return said
    kept = dict(state)
    past = state.stand_in_until is not None and state.stand_in_until < command.today
    if past or (state.stand_in is not None and not _fits(state, command)):
        kept |= {"stand_in": None, "stand_in_until": None}
    return said.model_copy(update={name: kept[name] for name in kept.keys() - command.sent - {"party"}})


def _fits(address: AddressSet, command: SetAddress) -> bool:
    other, absent = (
        command.offices.get(party) or area_office(party) for party in (address.stand_in or "", address.party)
    )
    return other is not None and absent is not None and may_stand_in(other, absent)


def _require_stand_in_elsewhere(address: AddressSet, command: SetAddress) -> None:
    if (address.stand_in is None) != (address.stand_in_until is None):
        raise StandInIncomplete
    if address.stand_in_until is not None and address.stand_in_until < command.today:
        raise StandInIncomplete
    if address.stand_in is not None and not is_party(address.stand_in):
        raise PartyMalformed
    if address.stand_in == address.party:
        raise StandsInForItself
    if address.stand_in is not None and not _fits(address, command):
        raise StandInElsewhere


def _require_webhook(address: AddressSet) -> None:
    if address.webhook_url is None:
        return
    try:
        parts = urlsplit(address.webhook_url)
        port = parts.port
    except ValueError as error:
        raise WebhookNotHttp from error
    plain = parts.username is None and parts.password is None and not parts.fragment and port != 0
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain or " " in address.webhook_url:
        raise WebhookNotHttp
    if address.webhook_secret is None:
        raise WebhookUnsigned


def mailbox(email: str) -> tuple[str, str]:
    """A mail address in ordinary width and form; and as it goes to a mail server, with its domain in ASCII.

    Raises `EmailMalformed` for what mail servers do not take, or take for something else.
    """
    try:
        found = validate_email(
            unicodedata.normalize("NFKC", email), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise EmailMalformed from error
    # Python's mail headers read `=?…?=` as an encoded word, in which any character may hide (RFC 2047).
    if "." not in found.domain or "=?" in found.normalized:
        raise EmailMalformed
    return found.normalized, found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def evolve(_: AddressSet | None, event: AddressSet) -> AddressSet:
    """Apply one fact: the last word holds, whole."""
    return event


ADDRESS_DECIDER: Decider[SetAddress, AddressSet | None, AddressSet] = Decider("address", None, decide, evolve)
