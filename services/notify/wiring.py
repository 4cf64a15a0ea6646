"""What notify is made of."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA
from services.notify.api import addresses, alerts, dues, rules
from services.notify.events import EVENTS, Channel
from services.notify.projections.addresses import address_book
from services.notify.projections.alerts import alert_views
from services.notify.projections.deliveries import delivery_views, undelivered
from services.notify.projections.dues import due_dates
from services.notify.projections.homes import home_weeks
from services.notify.projections.people import children, organisations, people
from services.notify.projections.reports import danger_reports
from services.notify.projections.rulebook import rule_settings
from services.notify.projections.summaries import work_summaries
from services.notify.reactions.digest import digest_sweep
from services.notify.reactions.due import due_reaction, due_sweep
from services.notify.reactions.escalation import escalation_sweep, resurfacing_sweep
from services.notify.reactions.homes import homes_sweep
from services.notify.reactions.letters import Carrier
from services.notify.reactions.mail import MailCarrier
from services.notify.reactions.sender import keep_sending
from services.notify.reactions.summaries import summaries_sweep
from services.notify.reactions.webhook import WebhookCarrier
from services.notify.settings import NotifySettings
from services.parties import misfit, usual_relation, writable
from services.registry.events import TokenRevoked
from shared.accesses.records import AccessPolicy
from shared.service import Runtime, ServiceDefinition


def carriers(settings: NotifySettings) -> Mapping[Channel, Carrier]:
    """The channels that are set up."""
    found: dict[Channel, Carrier] = {
        Channel.WEBHOOK: WebhookCarrier(
            settings.webhook_secrets,
            settings.webhook_secret_parties,
            allow_private=settings.allow_private_webhooks,
        )
    }
    if settings.smtp_host:
        found[Channel.EMAIL] = MailCarrier(
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
    await keep_sending(runtime, carriers(settings), settings.public_url, urgent=urgent)


NOTIFY = ServiceDefinition(
    name="notify",
    types=EVENTS,
    routes=(*alerts.ROUTES, *dues.ROUTES, *rules.ROUTES, *addresses.ROUTES, *ACCESS_ROUTES),
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
    writable=writable,
)
"""What is due, and whom to tell."""
