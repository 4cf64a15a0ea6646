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
        ├── DailyQuotaExceeded        429  (shared.http.budgets)
        ├── InternalError             500
        ├── DatabaseUnavailable       503
        ├── StaleView                 504
        └── RequestTimeout            504
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from shared.commands import VersionStale
from shared.contracts import FieldProblem, ProblemAnswer
from shared.refusals import Conflict, Denied, Invalid, Refusal, Unknown
from shared.texts import Bilingual


class HttpRefusal(Refusal, title_zh="请求无法受理"):
    """The request cannot be served as it is."""

    status: ClassVar[int] = 400
    way_out = Bilingual("请按 /docs 修改请求", "Correct the request; see /docs")
    retry_after: int | None = None
    """Seconds after which it may succeed."""


class MalformedBody(HttpRefusal, title_zh="请求内容须为有效的 JSON"):
    """The body must be valid JSON."""

    status = 400
    way_out = Bilingual("请检查 JSON 格式", "Check the JSON: quotes, commas, brackets, UTF-8")


class MissingBody(HttpRefusal, title_zh="此操作须提交内容"):
    """This operation needs a body."""

    status = 422
    way_out = Bilingual("请以 JSON 提交内容", "Send the content as a JSON object")


class InvalidBody(HttpRefusal, title_zh="各字段须符合要求"):
    """The fields must match the operation's contract."""

    status = 422
    way_out = Bilingual("请按提示修改各字段", "Correct the fields that are named")

    def __init__(self, errors: Sequence[FieldProblem]) -> None:
        super().__init__(
            Bilingual(
                "；".join(f"{error.field}：{error.rule.zh}" for error in errors[:3]),
                "; ".join(f"{error.field}: {error.rule.en}" for error in errors[:3]),
            )
        )
        self.errors = tuple(errors)


class InvalidParameter(InvalidBody, title_zh="查询参数和请求头须有效"):
    """Query parameters and headers must be known and well formed."""

    way_out = Bilingual("请按提示修改参数", "Correct the parameters that are named")


class UnsupportedMediaType(HttpRefusal, title_zh="内容须以 application/json 提交"):
    """The body must be sent as application/json."""

    status = 415
    field = "Content-Type"
    way_out = Bilingual("请以 application/json 提交", "Send Content-Type: application/json")


class MalformedRequest(HttpRefusal, title_zh="请求须符合 HTTP 规范"):
    """A request names one host, repeats no header, and has the body that its headers describe."""

    status = 400
    way_out = Bilingual("请用 HTTP 客户端库发送", "Send it with an HTTP library")


class ContentTooLarge(HttpRefusal, title_zh="提交的内容过大"):
    """The body is larger than this service accepts."""

    status = 413
    way_out = Bilingual("请分批提交", "Send it in smaller parts")


class MissingIdempotencyKey(HttpRefusal, title_zh="每次提交须带 Idempotency-Key（UUID）"):
    """Every write needs an Idempotency-Key, a UUID made by the sender."""

    status = 422
    field = "Idempotency-Key"
    way_out = Bilingual(
        "请为每次提交生成一个 UUID", "Make a UUID for each write and repeat it when you retry"
    )


class InvalidIfMatch(HttpRefusal, title_zh="If-Match 须为所读的版本号，加引号"):
    """If-Match holds the version that you read, as a number in quotes."""

    status = 422
    field = "If-Match"
    way_out = Bilingual('例如 If-Match: "3"', 'For example If-Match: "3"')


class InvalidCareAfter(HttpRefusal, title_zh="Care-After 须为“服务:位置”，以逗号分隔"):
    """Care-After lists positions as `service:number`, separated by commas."""

    status = 422
    field = "Care-After"
    way_out = Bilingual("请原样传回 Care-Position", "Send back the value of Care-Position")


class InvalidCursor(HttpRefusal, title_zh="翻页标记须取自本列表"):
    """The cursor must come from this list."""

    status = 422
    field = "cursor"
    way_out = Bilingual("请从第一页重新开始", "Start again from the first page, without cursor")


class ValueOutOfRange(HttpRefusal, title_zh="数值超出可保存的范围"):
    """A value is out of the range that can be stored."""

    status = 422
    way_out = Bilingual("请检查数字与日期", "Check the numbers and dates")


class NotFound(HttpRefusal, title_zh="此地址不存在"):
    """There is nothing at this address."""

    status = 404
    way_out = Bilingual("接口列表见 /docs", "The operations are listed at /docs")


class MethodNotAllowed(HttpRefusal, title_zh="此地址不支持该方法"):
    """This address does not support this method."""

    status = 405
    way_out = Bilingual("允许的方法见 Allow", "The header Allow names the methods")


class Unauthenticated(HttpRefusal, title_zh="须提供有效的访问令牌"):
    """A valid access token is required."""

    status = 401
    field = "Authorization"
    way_out = Bilingual("请用 Authorization: Bearer <令牌>", "Send Authorization: Bearer <token>")


class TokenExpired(Unauthenticated, title_zh="访问令牌已过期"):
    """The access token has expired."""

    way_out = Bilingual("请重新领取令牌", "Get a new token")


class TokenRevoked(Unauthenticated, title_zh="访问令牌已撤销"):
    """The access token has been revoked."""

    way_out = Bilingual("请联系管理员", "Ask your administrator for a new token")


class ScopeMismatch(HttpRefusal, title_zh="令牌的范围与单位类别不符"):
    """The access token's scope does not fit its kind of party."""

    status = 403
    field = "Authorization"
    way_out = Bilingual("请联系管理员重新签发", "Ask your administrator for a token that fits")


class FieldNotPermitted(HttpRefusal, title_zh="只能填写本单位有权查看的内容"):
    """You may write only what you may read."""

    status = 403
    way_out = Bilingual(
        "请由可查看该项的单位填写", "Leave it out, or let a party fill it in that may read it"
    )


class NotPermitted(HttpRefusal, title_zh="您的单位或角色无权进行此项操作"):
    """Your party or role may not do this."""

    status = 403
    way_out = Bilingual("请联系有权限的单位", "Ask a party that may")


class TooManyRequests(HttpRefusal, title_zh="请求过于频繁"):
    """This token sends too many requests."""

    status = 429
    retry_after = 1
    way_out = Bilingual("请稍后再试", "Wait a second, then go on")


class PublicQuotaExceeded(HttpRefusal, title_zh="未登录的请求已达每小时上限"):
    """Requests without an account are limited to so many an hour."""

    status = 429
    way_out = Bilingual("请稍后再试", "Try again in a few minutes")
    retry_after = 180


class StaleView(HttpRefusal, title_zh="数据尚未更新到您写入的内容"):
    """The view does not yet include the write that you ask about."""

    status = 504
    retry_after = 1
    way_out = Bilingual("请稍后重试", "Repeat the query in a moment")


class RequestTimeout(HttpRefusal, title_zh="请求超时，已中止"):
    """The request took too long and was aborted."""

    status = 504
    retry_after = 1
    way_out = Bilingual("请用同一个键重试", "Repeat it with the same Idempotency-Key: it happens once")


class DatabaseUnavailable(HttpRefusal, title_zh="服务暂时无法连接数据库"):
    """The service cannot reach its database right now."""

    status = 503
    retry_after = 2
    way_out = Bilingual("请用同一个键重试", "Repeat it with the same Idempotency-Key: it happens once")


class InternalError(HttpRefusal, title_zh="服务内部出错"):
    """The service failed unexpectedly."""

    status = 500
    way_out = Bilingual("请把 trace_id 告诉管理员", "Give the trace_id to your administrator")


STATUSES = ((VersionStale, 412), (Conflict, 409), (Invalid, 422), (Unknown, 404), (Denied, 403))
"""The HTTP status of each kind of refusal; the first that fits."""


def status_of(rule: type[Refusal]) -> int:
    """The HTTP status of a kind of refusal."""
    if issubclass(rule, HttpRefusal):
        return rule.status
    return next((status for kind, status in STATUSES if issubclass(rule, kind)), 422)


def problem_of(refusal: Refusal, trace_id: str) -> ProblemAnswer:
    """What a refusal is answered with."""
    title, detail = refusal.title(), refusal.detail
    errors = refusal.errors if isinstance(refusal, InvalidBody) else ()
    field = refusal.at_field or (errors[0].field if errors else None)
    optional = {
        "detail": detail.en if isinstance(detail, Bilingual) else detail,
        "detail_zh": detail.zh if isinstance(detail, Bilingual) else "",
        "field": field,
        "errors": errors,
    }
    return ProblemAnswer.model_validate(
        {
            "type": f"/problems/{refusal.code()}",
            "title": title.en,
            "title_zh": title.zh,
            "status": status_of(type(refusal)),
            "way_out": refusal.what_to_do,
            "trace_id": trace_id,
            **{name: value for name, value in optional.items() if value},
        }
    )


def every_rule(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """All rules that this process knows."""
    for rule in root.__subclasses__():
        yield rule
        yield from every_rule(rule)
