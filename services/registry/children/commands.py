"""What can be asked of a child file, and the rules it may be refused by."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from services.language import ChildId, OrganisationId, Title
from services.registry.children import api
from services.registry.children.events import Address, CardEntry
from shared import Bilingual, Command, Conflict, Denied, Invalid, Unknown

# -- refusals ----------------------------------------------------------------------------------------


class ChildUnknown(Unknown, title_zh="没有该儿童档案，或无权查看"):
    """There is no such child file, or you may not see it."""

    field = "child_id"
    way_out = Bilingual("请先建立儿童档案，或核对编号", "Open the child's file first, or check the id")


class FileAlreadyOpen(Conflict, title_zh="档案号已被使用"):
    """A file number belongs to one file."""

    way_out = Bilingual("请再提交一次，将得到新的档案号", "Submit again with a new key to get another number")


class FileClosed(Conflict, title_zh="档案已关闭，不能再改"):
    """A closed file cannot be changed."""

    way_out = Bilingual("孩子重新符合条件时请新建档案", "Open a new file when the child qualifies again")


class GuardianNeedsName(Invalid, title_zh="须填写监护人姓名"):
    """A guardian needs a name."""

    field = "guardian.name"
    way_out = Bilingual("请填写监护人姓名；确无监护人请选“无”", "Give the name, or choose `none`")


class NobodyHasNoName(Invalid, title_zh="无监护人的，不填姓名、年龄和电话"):
    """Where there is no guardian, no name, age or phone is given."""

    field = "guardian.relation"
    way_out = Bilingual("请选择与孩子的关系", "Choose the guardian's relation to the child")


class ParentNotAway(Conflict, title_zh="只有外出的父母才能登记返乡"):
    """Only a parent who is away can return."""

    way_out = Bilingual("请先登记外出", "Record first that the parent went away")


class ParentsStillAway(Conflict, title_zh="父母返乡登记后，才能据此退出"):
    """A child exits for a returned parent only after the return is recorded."""

    field = "reason"
    way_out = Bilingual("请先登记父母返乡", "Record the parent's return first")


class CardNeedsSomebody(Invalid, title_zh="联系卡至少须有一位联系人"):
    """A contact card names at least one person to call."""

    field = "entries"
    way_out = Bilingual("请至少填写一位联系人", "Name at least one person")


class CategoryNeedsReason(Invalid, title_zh="除一般类外，须注明列入原因"):
    """Every care category except the ordinary one needs a reason."""

    field = "reasons"
    way_out = Bilingual("请选择至少一个原因", "Choose at least one reason")


class CategoryBeforeFormer(Invalid, title_zh="起始日期不能早于上一类别"):
    """A care category cannot begin before the previous one."""

    field = "since"
    way_out = Bilingual("起始日期不能早于上一类别", "Give a day on or after the previous category's")


class NotEnrolled(Conflict, title_zh="只有在校学生才能登记辍学"):
    """Only a child enrolled in a school can drop out of it."""

    way_out = Bilingual("请先登记学校", "Record the child's school first")


class NotDroppedOut(Conflict, title_zh="只有辍学的儿童才能登记复学"):
    """Only a child who dropped out can return to school."""

    way_out = Bilingual("请核对就学情况", "Check the child's schooling")


class NotYet16(Invalid, title_zh="年满 16 周岁才能以年龄原因退出"):
    """A child exits on grounds of age at 16."""

    field = "reason"
    way_out = Bilingual("请核对出生日期或选择其他原因", "Check the birth date or choose another reason")


# -- commands ----------------------------------------------------------------------------------------


class OpenChildFile(api.OpenChildFile, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    file_number: Title
    today: date


class NameGuardian(api.NameGuardian, Command):
    """What was asked, of which child."""

    child_id: ChildId


class RecordParentAway(api.RecordParentAway, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class RecordParentReturn(api.RecordParentReturn, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class IssueContactCard(api.IssueContactCard, Command):
    """What was asked, of which child."""

    child_id: ChildId
    entries: tuple[CardEntry, ...]
    """How many there must be is a rule (`CardNeedsSomebody`)."""


class CategoriseChild(api.CategoriseChild, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class ChangeSchool(api.ChangeSchool, Command):
    """What was asked, with what the rules need; or that another school takes the child."""

    child_id: ChildId
    leaving: OrganisationId | None = None
    """The school that the child was offered from; its own for another class of it."""
    today: date


class MovedMeanwhile(Conflict, title_zh="提出申请后，儿童已另有变动"):
    """A move starts from where the child was when it was offered."""

    way_out = Bilingual("孩子已转走，请撤回或拒绝", "The child has moved since; withdraw or reject the offer")


class MoveIsOffered(Conflict, title_zh="转学须经接收学校确认"):
    """A child changes school only when the new school accepts the offer."""

    field = "school_id"
    way_out = Bilingual(
        "请用转学申请（offer_move），由对方学校确认", "Offer the move; the other school confirms it"
    )


class ClassIsTheSchools(Denied, title_zh="班级由学校填写"):
    """Only the school sets a child's class."""

    field = "class_id"
    way_out = Bilingual("请由学校填写班级", "Leave the class to the school")


class MoveToVillage(Command):
    """The child lives in another village from a day on."""

    child_id: ChildId
    address: Address
    leaving: str
    """The village that the child was offered from."""
    on: date
    today: date


class WithdrawResidentId(Command):
    """The number on the file is another child's."""

    child_id: ChildId


class MergeFile(Command):
    """Close a file whose child has another; it counts on no day."""

    child_id: ChildId
    opened_on: date


class RecordDropout(api.RecordDropout, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class RecordReturnToSchool(api.RecordReturnToSchool, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class RecheckFile(api.RecheckFile, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


class ExitChild(api.ExitChild, Command):
    """What was asked, with what the rules need."""

    child_id: ChildId
    today: date


ChildCommand: TypeAlias = (
    OpenChildFile
    | NameGuardian
    | RecordParentAway
    | RecordParentReturn
    | IssueContactCard
    | CategoriseChild
    | ChangeSchool
    | MoveToVillage
    | WithdrawResidentId
    | MergeFile
    | RecordDropout
    | RecordReturnToSchool
    | RecheckFile
    | ExitChild
)
