"""Refusals that belong to HTTP itself, and how every refusal is answered (RFC 9457).

The class is the problem's code: `TokenExpired` is answered as `/problems/token-expired`.

    Refusal
    ├── Conflict                      409  the command does not fit the current state
    │   └── VersionStale              412
    ├── Invalid                       422  the command breaks a rule
    ├── Unknown                       404  no such thing
    ├── Denied                        403  not this party's to do
    └── HttpRefusal
        ├── MalformedBody             400
        ├── MalformedRequest          400
        ├── Unauthenticated           401
        │   ├── TokenExpired
        │   └── TokenRevoked
        ├── ScopeMismatch             403
        ├── FieldNotPermitted         403
        ├── NotPermitted              403
        ├── NotFound                  404
        ├── MethodNotAllowed          405
        ├── ContentTooLarge           413
        ├── UnsupportedMediaType      415
        ├── MissingBody               422
        ├── InvalidBody               422
        │   └── InvalidParameter
        ├── MissingIdempotencyKey     422
        ├── InvalidIfMatch            422
        ├── InvalidCareAfter          422
        ├── InvalidCursor             422
        ├── ValueOutOfRange           422
        ├── TooManyRequests           429
        ├── PublicQuotaExceeded       429
        ├── DailyQuotaExceeded        429  (shared.budgets)
        ├── InternalError             500
        ├── DatabaseUnavailable       503
        ├── StaleView                 504
        └── RequestTimeout            504
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from shared.contracts import FieldProblem, ProblemAnswer
from shared.handling import VersionStale
from shared.refusals import Conflict, Denied, Invalid, Refusal, Unknown


class HttpRefusal(Refusal):
    """The request cannot be served as it is."""

    status: ClassVar[int]
    retry_after: int | None = None
    """Seconds after which it may succeed."""


class MalformedBody(HttpRefusal):
    """The body must be valid JSON."""

    status = 400
    way_out = "请检查 JSON 格式 / Check the JSON: quotes, commas, brackets, UTF-8"


class MissingBody(HttpRefusal):
    """This operation needs a body."""

    status = 422
    way_out = "请以 JSON 提交内容 / Send the content as a JSON object"


class InvalidBody(HttpRefusal):
    """The fields must have the shape that the operation asks for."""

    status = 422
    way_out = "请按提示修改各字段 / Correct the fields that are named"

    def __init__(self, errors: Sequence[FieldProblem]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.rule}" for error in errors[:3]))
        self.errors = tuple(errors)


class InvalidParameter(InvalidBody):
    """Query parameters and headers must be known and well formed."""

    way_out = "请按提示修改参数 / Correct the parameters that are named"


class UnsupportedMediaType(HttpRefusal):
    """The body must be sent as application/json."""

    status = 415
    field = "Content-Type"
    way_out = "请以 application/json 提交 / Send Content-Type: application/json"


class MalformedRequest(HttpRefusal):
    """A request names one host, says each thing once, and its body comes as its headers say."""

    status = 400
    way_out = "请用 HTTP 客户端库发送 / Send it with an HTTP library"


class ContentTooLarge(HttpRefusal):
    """The body is larger than this service takes."""

    status = 413
    way_out = "请分批提交 / Send it in smaller parts"


class MissingIdempotencyKey(HttpRefusal):
    """Every write carries an Idempotency-Key, a UUID that the sender makes."""

    status = 422
    field = "Idempotency-Key"
    way_out = "请为每次提交生成一个 UUID / Make a UUID for each write and repeat it when you retry"


class InvalidIfMatch(HttpRefusal):
    """If-Match holds the version that you read, as a number in quotes."""

    status = 422
    field = "If-Match"
    way_out = '例如 If-Match: "3" / For example If-Match: "3"'


class InvalidCareAfter(HttpRefusal):
    """Care-After holds positions as `service:number`, separated by commas."""

    status = 422
    field = "Care-After"
    way_out = "请原样传回 Care-Position / Send back what Care-Position said"


class InvalidCursor(HttpRefusal):
    """The cursor must be one that this list has given."""

    status = 422
    field = "cursor"
    way_out = "请从第一页重新开始 / Start again from the first page, without cursor"


class ValueOutOfRange(HttpRefusal):
    """A value is beyond what can be stored."""

    status = 422
    way_out = "请检查数字与日期 / Check the numbers and dates"


class NotFound(HttpRefusal):
    """There is nothing at this address."""

    status = 404
    way_out = "接口列表见 /docs / The operations are listed at /docs"


class MethodNotAllowed(HttpRefusal):
    """This address does not take this method."""

    status = 405
    way_out = "允许的方法见 Allow / The header Allow names the methods"


class Unauthenticated(HttpRefusal):
    """A valid access token is needed."""

    status = 401
    field = "Authorization"
    way_out = "请用 Authorization: Bearer <令牌> / Send Authorization: Bearer <token>"


class TokenExpired(Unauthenticated):
    """The access token has expired."""

    way_out = "请重新领取令牌 / Get a new token"


class TokenRevoked(Unauthenticated):
    """The access token was revoked."""

    way_out = "请联系管理员 / Ask your administrator for a new token"


class ScopeMismatch(HttpRefusal):
    """The access token's scope does not fit its kind of party."""

    status = 403
    field = "Authorization"
    way_out = "请联系管理员重新签发 / Ask your administrator for a token that fits"


class FieldNotPermitted(HttpRefusal):
    """Nobody writes what they may not read back."""

    status = 403
    way_out = "请由可查看该项的单位填写 / Leave it out, or let a party fill it in that may read it"


class NotPermitted(HttpRefusal):
    """Your party or role may not do this."""

    status = 403
    way_out = "请联系有权限的单位 / Ask a party that may"


class TooManyRequests(HttpRefusal):
    """This token sends more requests than it may."""

    status = 429
    retry_after = 1
    way_out = "请稍后再试 / Wait a second, then go on"


class PublicQuotaExceeded(HttpRefusal):
    """Without an account only so many requests are taken within an hour."""

    status = 429
    retry_after = 180


class StaleView(HttpRefusal):
    """The view has not yet taken in the write that you ask about."""

    status = 504
    retry_after = 1
    way_out = "请稍后重试 / Repeat the query in a moment"


class RequestTimeout(HttpRefusal):
    """The request took too long and was given up."""

    status = 504
    retry_after = 1
    way_out = "请用同一个键重试 / Repeat it with the same Idempotency-Key: it happens once"


class DatabaseUnavailable(HttpRefusal):
    """The service cannot reach its store right now."""

    status = 503
    retry_after = 2
    way_out = "请用同一个键重试 / Repeat it with the same Idempotency-Key: it happens once"


class InternalError(HttpRefusal):
    """The service made a mistake."""

    status = 500
    way_out = "请把 trace_id 告诉管理员 / Give the trace_id to your administrator"


STATUSES = ((VersionStale, 412), (Conflict, 409), (Invalid, 422), (Unknown, 404), (Denied, 403))
"""The HTTP status of each kind of refusal; the first that fits."""


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    if isinstance(refusal, HttpRefusal):
        return refusal.status
    return next((status for kind, status in STATUSES if isinstance(refusal, kind)), 422)


def problem_of(refusal: Refusal, trace_id: str) -> ProblemAnswer:
    """What a refusal is answered with."""
    detail = refusal.detail if refusal.detail != refusal.rule() else ""
    errors = refusal.errors if isinstance(refusal, InvalidBody) else ()
    field = refusal.at_field or (errors[0].field if errors else None)
    optional = {"detail": detail, "field": field, "errors": errors, "way_out": refusal.what_to_do}
    return ProblemAnswer.model_validate(
        {
            "type": f"/problems/{refusal.code()}",
            "title": refusal.rule(),
            "status": status_of(refusal),
            "trace_id": trace_id,
            **{name: value for name, value in optional.items() if value},
        }
    )


def every_rule(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """All rules that this process knows."""
    for rule in root.__subclasses__():
        yield rule
        yield from every_rule(rule)
