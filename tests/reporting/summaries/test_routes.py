"""The work summary over HTTP: from draft to frozen, and as a document."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from markdown_it import MarkdownIt

from services.reporting.client import ReportingClient
from services.reporting.summaries.api import (
    DocumentFormat,
    DraftSummary,
    EditSummaryText,
    ReturnSummary,
    SummaryStatus,
)
from services.reporting.summaries.events import PeriodKind, SummarySection
from shared.access import Caller
from shared.accesses.records import Access
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.marked import AT, marked_child
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES

FEDERATION = caller("womens_federation", division=TOWNSHIP)
TOWN = caller("township", division=TOWNSHIP)
SCHOOL = caller("school", organisation=SCHOOLS[0])
COUNTY = caller("county", division="331082")
YEAR = DraftSummary(period=PeriodKind.YEAR, first_day=date(2025, 1, 1), last_day=date(2025, 12, 31))

Draft = Callable[[Caller], Awaitable[UUID]]


@pytest.fixture
async def draft(year: ServiceUnderTest) -> Draft:
    """Drafts a summary of a period that nobody has summed up yet."""

    async def drafted(who: Caller) -> UUID:
        first = date(2024, 1, 1).replace(day=1 + len(await _all(year, who)))
        body = YEAR.model_copy(update={"first_day": first, "last_day": date(2024, 12, 30)})
        return (await year.client(ReportingClient, who).draft_summary(body)).id

    return drafted


async def _all(year: ServiceUnderTest, who: Caller) -> tuple[object, ...]:
    return (await year.client(ReportingClient, who).list_summaries(limit=500)).items


async def test_the_federations_summary_holds_the_sources_figures(year: ServiceUnderTest) -> None:
    """Drafted, it already has every figure: nobody has to write them; approved, it keeps them for ever."""
    federation, town = (year.client(ReportingClient, who) for who in (FEDERATION, TOWN))
    summary_id = (await federation.draft_summary(YEAR)).id
    drafted = await federation.get_summary(summary_id)
    assert (drafted.status, drafted.title) == (SummaryStatus.DRAFT, "2025年年度关爱留守儿童工作总结")
    assert drafted.figure("children").value == 193
    assert drafted.figure("rights_stations").value == 39
    assert drafted.figure("children_with_grandparents").percent == 80
    words = EditSummaryText(text="缺少心理辅导教师。")
    await federation.edit_summary_text(summary_id, SummarySection.DIFFICULTIES, words)
    await federation.submit_summary(summary_id)
    receipt = await town.approve_summary(summary_id)
    assert receipt.version == 4
    approved = await federation.get_summary(summary_id)
    for number, (service, event) in enumerate(marked_child()):
        year.neighbours[service].record(event, at=AT.replace(year=2026, month=1, second=number))
    await year.caught_up()
    frozen = await federation.get_summary(summary_id)
    assert frozen.status is SummaryStatus.FROZEN
    assert frozen.figures == approved.figures
    assert {one.code: one.value for one in frozen.figures} == {one.code: one.value for one in drafted.figures}
    assert frozen.texts == {SummarySection.DIFFICULTIES: "缺少心理辅导教师。"}
    live = await federation.get_indicators(first_day=YEAR.first_day, last_day=YEAR.last_day)
    assert live.figure("contacts").value == frozen.figure("contacts").value + 1  # type: ignore[operator]


async def test_frozen_figures_still_lead_to_their_records(year: ServiceUnderTest, draft: Draft) -> None:
    """The link of a frozen figure lists the records as they were known when it was handed in."""
    federation = year.client(ReportingClient, FEDERATION)
    summary_id = await draft(FEDERATION)
    await federation.submit_summary(summary_id)
    await year.client(ReportingClient, TOWN).approve_summary(summary_id)
    frozen = await federation.get_summary(summary_id)
    for code in ("children", "rights_stations", "home_sessions_planned"):
        figure = frozen.figure(code)
        assert figure.records is not None
        assert (await federation.follow_records(figure.records)).value == figure.value


async def test_a_township_can_follow_the_links_in_a_schools_summary(
    year: ServiceUnderTest, draft: Draft
) -> None:
    """The reader above finds behind each figure of a school as much as the school does, but for findings."""
    school, town = (year.client(ReportingClient, who) for who in (SCHOOL, TOWN))
    summary_id = await draft(SCHOOL)
    await school.submit_summary(summary_id)
    read = await town.get_summary(summary_id)
    assert read.figure("children").value == (await school.get_summary(summary_id)).figure("children").value
    for figure in read.figures:
        if figure.records:
            records = await town.follow_records(figure.records)
            assert (records.lines, records.value) == (figure.lines, figure.value), figure.code
    found = read.figure("findings")
    assert found.value is not None
    assert found.records is None


async def test_a_summary_is_judged_by_the_level_above_alone(year: ServiceUnderTest, draft: Draft) -> None:
    """The township judges its federation, schools and villages; nobody judges their own; 404 for others."""
    for who in (FEDERATION, SCHOOL, caller("village", division=VILLAGES[0])):
        summary_id = await draft(who)
        await year.client(ReportingClient, who).submit_summary(summary_id)
        with pytest.raises(NotFound):
            await year.client(ReportingClient, caller("township", division="331082109")).approve_summary(
                summary_id
            )
        with pytest.raises(NotFound):
            await year.client(ReportingClient, COUNTY).approve_summary(summary_id)
        await year.client(ReportingClient, TOWN).approve_summary(summary_id)
    own = await draft(TOWN)
    await year.client(ReportingClient, TOWN).submit_summary(own)
    with pytest.raises(NotAllowed) as refused:
        await year.client(ReportingClient, TOWN).approve_summary(own)
    assert refused.value.code == "not-yours-to-judge"
    await year.client(ReportingClient, COUNTY).approve_summary(own)


async def test_a_draft_is_its_partys_own(year: ServiceUnderTest, draft: Draft) -> None:
    """Nobody above reads a draft; nobody but its party writes, hands in or reads another's."""
    summary_id = await draft(SCHOOL)
    other_school = caller("school", organisation=SCHOOLS[1], division=TOWNSHIP)
    for who in (TOWN, FEDERATION, other_school):
        client = year.client(ReportingClient, who)
        with pytest.raises(NotFound):
            await client.get_summary(summary_id)
        with pytest.raises(NotFound):
            await client.submit_summary(summary_id)
        assert summary_id not in {line.summary_id for line in (await client.list_summaries()).items}
    await year.client(ReportingClient, SCHOOL).submit_summary(summary_id)
    with pytest.raises(NotAllowed) as refused:
        await year.client(ReportingClient, TOWN).submit_summary(summary_id)
    assert refused.value.code == "not-your-summary"
    handed_in = await year.client(ReportingClient, TOWN).list_summaries(status=SummaryStatus.SUBMITTED)
    assert summary_id in {line.summary_id for line in handed_in.items}


async def test_a_returned_summary_says_why(year: ServiceUnderTest, draft: Draft) -> None:
    """The party reads the reason, writes on and hands it in again; the old reason is gone."""
    school, town = (year.client(ReportingClient, who) for who in (SCHOOL, TOWN))
    summary_id = await draft(SCHOOL)
    await school.submit_summary(summary_id)
    await town.return_summary(summary_id, ReturnSummary(reason="请补充下一步打算"))
    returned = await school.get_summary(summary_id)
    assert (returned.status, returned.returned_reason) == (SummaryStatus.DRAFT, "请补充下一步打算")
    await school.submit_summary(summary_id)
    assert (await school.get_summary(summary_id)).returned_reason is None


async def test_refusals_say_rule_field_and_way_out(year: ServiceUnderTest, draft: Draft) -> None:
    """What a summary cannot be is refused with the field and what to do instead."""
    school = year.client(ReportingClient, SCHOOL)
    backwards = YEAR.model_copy(update={"last_day": date(2024, 1, 1)})
    with pytest.raises(Refused) as reversed_:
        await school.draft_summary(backwards)
    assert (reversed_.value.status, reversed_.value.field) == (422, "last_day")
    await draft(SCHOOL)
    repeated = YEAR.model_copy(update={"title": "另一份"})
    await school.draft_summary(repeated)
    with pytest.raises(Refused) as exists:
        await school.draft_summary(repeated)
    assert (exists.value.status, exists.value.code) == (409, "summary-exists")
    assert exists.value.way_out
    with pytest.raises(NotFound):
        await school.get_summary(uuid4())


async def test_a_stale_version_cannot_overwrite(year: ServiceUnderTest, draft: Draft) -> None:
    """Who writes on a version that has moved on is told to read again."""
    school = year.client(ReportingClient, SCHOOL)
    summary_id = await draft(SCHOOL)
    first = EditSummaryText(text="第一稿")
    await school.edit_summary_text(summary_id, SummarySection.NEXT_STEPS, first, if_match=1)
    with pytest.raises(Refused) as stale:
        await school.edit_summary_text(
            summary_id, SummarySection.NEXT_STEPS, EditSummaryText(text="第二稿"), if_match=1
        )
    assert stale.value.status == 412


async def test_the_document_links_every_figure(year: ServiceUnderTest) -> None:
    """In HTML and Markdown every number leads to its records, and the words of the source's figures stand."""
    town = year.client(ReportingClient, TOWN)
    summary_id = (await town.draft_summary(YEAR)).id
    html = await town.render_summary(summary_id)
    markdown = await town.render_summary(summary_id, DocumentFormat.MARKDOWN)
    summary = await town.get_summary(summary_id)
    for figure in summary.figures:
        for records in (figure.records, *(part.records for part in figure.parts)):
            if records and (figure.value or figure.parts):
                assert f'href="{records.replace("&", "&amp;")}"' in html
                assert f"({records})" in markdown
    text = re.sub(r"<[^>]+>", "", html)
    assert "由祖辈隔代照护的154名，占80%" in text
    assert "由教师和亲属照护的39名，占20%" in text
    assert "每周开放2次" in text
    assert "维权站39个" in text
    assert "绘画100人次" in text


@pytest.mark.parametrize(
    "who", [FEDERATION, SCHOOL, caller("village", division=VILLAGES[0])], ids=lambda who: who.kind
)
async def test_approved_documents_can_be_read(year: ServiceUnderTest, who: Caller) -> None:
    """Frozen, with whatever was too small to tell, every summary is still written out in both forms."""
    first = YEAR.model_copy(update={"first_day": date(2025, 2, 1)})
    client, town = year.client(ReportingClient, who), year.client(ReportingClient, TOWN)
    summary_id = (await client.draft_summary(first)).id
    await client.submit_summary(summary_id)
    live = await client.get_summary(summary_id)
    await town.approve_summary(summary_id)
    frozen = await client.get_summary(summary_id)
    assert [one.suppressed for one in frozen.figures] == [one.suppressed for one in live.figures]
    for document_format in DocumentFormat:
        assert "已审定" in await client.render_summary(summary_id, document_format)
        assert "已审定" in await town.render_summary(summary_id, document_format)


async def test_a_county_reads_no_figures_of_periods_that_differ_by_some_days(year: ServiceUnderTest) -> None:
    """A summary of another span than a calendar year or half comes to it with its words and the reason."""
    town, county = (year.client(ReportingClient, who) for who in (TOWN, COUNTY))
    words = EditSummaryText(text="缺少心理辅导教师。")
    days = ((1, 1, 12, 30), (1, 2, 12, 31), (2, 1, 7, 31), (7, 1, 12, 30))
    for first_month, first, last_month, last in days:
        span = {"first_day": date(2025, first_month, first), "last_day": date(2025, last_month, last)}
        summary_id = (await town.draft_summary(YEAR.model_copy(update=span))).id
        await town.edit_summary_text(summary_id, SummarySection.DIFFICULTIES, words)
        await town.submit_summary(summary_id)
        for _ in range(2):
            read = await county.get_summary(summary_id)
            assert (read.figures, read.texts) == ((), {SummarySection.DIFFICULTIES: words.text})
            assert read.without_figures is not None
            for document_format in DocumentFormat:
                written = await county.render_summary(summary_id, document_format)
                assert "不列数字" in written
                assert words.text in written
                text = re.sub(r"<style>.*?</style>|<[^>]+>", "", written, flags=re.DOTALL)
                assert not re.search(r"[0-9]+(名|份|次|件|人次|%)", text)
            assert (await town.get_summary(summary_id)).figure("children").value is not None
            if read.status is SummaryStatus.SUBMITTED:
                await county.approve_summary(summary_id)


async def test_a_county_reads_a_half_year_as_it_may_beside_the_other(year: ServiceUnderTest) -> None:
    """What is hidden of a half-year now, beside the other, is hidden in what was handed in before."""
    town, county = (year.client(ReportingClient, who, deadline=90) for who in (TOWN, COUNTY))
    for first_day in (date(2025, 1, 1), date(2025, 7, 1)):
        last_day = date(2025, 6, 30) if first_day.month == 1 else date(2025, 12, 31)
        half = YEAR.model_copy(update={"first_day": first_day, "last_day": last_day})
        summary_id = (await town.draft_summary(half)).id
        await town.submit_summary(summary_id)
        live = await county.get_indicators(first_day=first_day, last_day=last_day, division=TOWNSHIP)
        read = await county.get_summary(summary_id)
        assert read.without_figures is None
        assert read.figure("children").value == 193
        hidden = {figure.code for figure in live.figures if figure.suppressed}
        assert hidden
        assert hidden <= {figure.code for figure in read.figures if figure.suppressed}


async def test_a_document_shows_words_as_words(year: ServiceUnderTest, draft: Draft) -> None:
    """What a party writes is shown as typed: no markup, no script, no Markdown comes to life."""
    school = year.client(ReportingClient, SCHOOL)
    summary_id = await draft(SCHOOL)
    typed = EditSummaryText(text="<script>alert(1)</script> [点我](http://x) **粗**")
    await school.edit_summary_text(summary_id, SummarySection.DIFFICULTIES, typed)
    html = await school.render_summary(summary_id)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    markdown = await school.render_summary(summary_id, DocumentFormat.MARKDOWN)
    assert r"\[点我\](http://x) \*\*粗\*\*" in markdown


BLOCKS = (
    "~~~\n经费不足\n===\n- 项\n1. 项\n    码\n\n| a |\n|---|\n| b |\n# 标题\n> 引文\n[a]: http://b.c\n---"
)


async def test_no_words_of_a_party_make_structure_of_its_document(
    year: ServiceUnderTest, draft: Draft
) -> None:
    """A title, a name, a text of Markdown's own signs: the document has the headings and tables it had."""
    school = year.client(ReportingClient, SCHOOL)
    reader = MarkdownIt("js-default", {"html": True})

    async def blocks(summary_id: UUID) -> list[str]:
        written = await school.render_summary(summary_id, DocumentFormat.MARKDOWN)
        return [token.type for token in reader.parse(written) if token.type != "inline"]

    summary_id = await draft(SCHOOL)
    for text in ("经费不足", BLOCKS):
        await school.edit_summary_text(summary_id, SummarySection.DIFFICULTIES, EditSummaryText(text=text))
        if text != BLOCKS:
            before = await blocks(summary_id)
    assert await blocks(summary_id) == before
    assert "fence" not in before


async def test_the_document_follows_accept(year: ServiceUnderTest, draft: Draft) -> None:
    """`Accept: text/markdown` gives Markdown, anything else HTML that loads nothing from elsewhere."""
    path = f"/summaries/{await draft(SCHOOL)}/document"
    await year.caught_up()
    markdown = await year.request(SCHOOL, "GET", path, headers={"Accept": "text/markdown"})
    html = await year.request(SCHOOL, "GET", path, headers={"Accept": "text/html"})
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert html.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in html.headers["content-security-policy"]
    assert "http" not in re.sub(r'lang="[^"]*"', "", html.text)


def test_every_section_has_its_heading() -> None:
    """No section of a summary is without a name in both languages."""
    assert all(section.zh and section.en for section in SummarySection)


async def test_the_words_of_a_summary_are_recorded_as_read(year: ServiceUnderTest, draft: Draft) -> None:
    """A name may stand in them: whoever reads them, the summary or its document, leaves a record."""
    client, summary_id = year.client(ReportingClient, SCHOOL), await draft(SCHOOL)
    recorded: list[Access] = []
    year.runtime.accesses.on_record(recorded.extend)
    await client.get_summary(summary_id)
    await year.runtime.accesses.settle()
    assert recorded == []  # nothing is written yet
    words = EditSummaryText(text="林小禾无人照看")
    await client.edit_summary_text(summary_id, SummarySection.DIFFICULTIES, words)
    await client.get_summary(summary_id)
    await client.render_summary(summary_id, DocumentFormat.HTML)
    await year.runtime.accesses.settle()
    assert [(one.operation, one.holdings.classes) for one in recorded] == [
        ("get_summary", frozenset({"identity"})),
        ("render_summary", frozenset({"identity"})),
    ]
