"""What notify is made of."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA, today_of
from services.notify.addresses import routes as addresses_routes
from services.notify.addresses.views import address_book
from services.notify.alerts import routes as alerts_routes
from services.notify.alerts.reaction import escalation_sweep, resurfacing_sweep
from services.notify.alerts.views import alert_views
from services.notify.danger_reports.views import danger_reports
from services.notify.deliveries import routes as deliveries_routes
from services.notify.deliveries.mail import MailAdapter
from services.notify.deliveries.messages import ChannelAdapter
from services.notify.deliveries.sender import keep_sending
from services.notify.deliveries.views import delivery_views, undelivered
from services.notify.deliveries.webhook import WebhookAdapter
from services.notify.digests.reaction import digest_sweep
from services.notify.dues import routes as dues_routes
from services.notify.dues.reaction import due_reaction, due_sweep
from services.notify.dues.views import due_dates
from services.notify.events import EVENTS
from services.notify.homes.reaction import homes_sweep
from services.notify.homes.views import home_weeks
from services.notify.people.views import children, organisations, people
from services.notify.reach import reach_of
from services.notify.rulebook import routes as rulebook_routes
from services.notify.rulebook.views import rule_settings
from services.notify.settings import NotifySettings
from services.notify.summaries.reaction import summaries_sweep
from services.notify.summaries.views import work_summaries
from services.notify.terms import Channel
from services.parties import misfit, usual_relation, writable
from services.registry.events import TokenRevoked
from shared.accesses.records import AccessPolicy
from shared.runtime import Runtime
from shared.service import ServiceDefinition


def adapters(settings: NotifySettings) -> Mapping[Channel, ChannelAdapter]:
    """The channels that are set up."""
    found: dict[Channel, ChannelAdapter] = {
        Channel.WEBHOOK: WebhookAdapter(
            settings.webhook_secrets,
            settings.webhook_secret_parties,
            allow_private=settings.allow_private_webhooks,
        )
    }
    if settings.smtp_host:
        found[Channel.EMAIL] = MailAdapter(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            user=settings.smtp_user,
            password=settings.smtp_password,
            tls=settings.smtp_tls,
            start_tls=settings.smtp_start_tls,
        )
    return found


async def send_messages(runtime: Runtime) -> None:
    """The worker that sends through the channels that are set up."""
    await _send(runtime, urgent=False)


async def send_urgent_messages(runtime: Runtime) -> None:
    """The same for what is urgent."""
    await _send(runtime, urgent=True)


async def _send(runtime: Runtime, *, urgent: bool) -> None:
    settings = runtime.settings
    if not isinstance(settings, NotifySettings):
        raise TypeError("notify runs with NotifySettings")
    await keep_sending(runtime, adapters(settings), settings.public_url, urgent=urgent)


NOTIFY = ServiceDefinition(
    name="notify",
    types=EVENTS,
    routes=(
        *alerts_routes.ROUTES,
        *dues_routes.ROUTES,
        *rulebook_routes.ROUTES,
        *addresses_routes.ROUTES,
        *deliveries_routes.ROUTES,
        *ACCESS_ROUTES,
    ),
    projections=(
        people,
        danger_reports,
        due_dates,
        home_weeks,
        work_summaries,
        rule_settings,
        address_book,
        alert_views,
        delivery_views,
    ),
    reactions=(due_reaction,),
    sweeps=(due_sweep, escalation_sweep, resurfacing_sweep, homes_sweep, summaries_sweep, digest_sweep),
    workers=(send_urgent_messages, send_messages),
    failing=undelivered,
    accesses=AccessPolicy(select(children.c.child_id, children.c.village), usual_relation, CHINA),
    reads={
        "registry": ("ChildCategorised.category", "DroppedOut.on", "Guardian.capable", "ReturnedToSchool.on"),
        "pairing": (),
        "reporting": (),
    },
    token_revoked=TokenRevoked,
    token_misfit=misfit,
    token_claim=organisation_claim(organisations),
    injected={"reach": reach_of, "today": today_of},
    writable=writable,
)
"""What is due, and whom to tell."""
