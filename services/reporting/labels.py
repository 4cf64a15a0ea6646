"""The words of the published language as reports print them, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.summaries.events import SummarySection

Label = tuple[str, str]
"""Chinese, English."""

LABELS: Mapping[str, Label] = {
    "unknown": ("未登记", "Not recorded"),
    # sex, age, guardian, parents
    "female": ("女", "Girls"),
    "male": ("男", "Boys"),
    "0-5": ("0—5岁", "0–5 years"),
    "6-13": ("6—13岁", "6–13 years"),
    "14-16": ("14—16岁", "14–16 years"),
    "grandparent": ("祖辈（隔代）", "Grandparents"),
    "relative": ("亲属", "Relatives"),
    "teacher": ("教师", "Teacher"),
    "friend": ("朋友", "Friends"),
    "one_parent": ("父母一方", "One parent"),
    "none": ("无", "None"),
    "both": ("父母均外出", "Both parents"),
    "mother": ("母亲外出", "Mother"),
    "father": ("父亲外出", "Father"),
    # poverty, category, exits
    "low_income": ("低保", "Minimum living allowance"),
    "registered_poor": ("建档立卡", "Registered poor"),
    "extreme_hardship": ("特困", "Extreme hardship"),
    "ordinary": ("一般", "Ordinary"),
    "hardship": ("困难", "Hardship"),
    "problem": ("问题", "Problem"),
    "key_support": ("重点帮扶", "Key support"),
    "parent_returned": ("父母返乡", "Parents came back"),
    "turned_16": ("年满16周岁", "Turned 16"),
    "moved": ("迁出", "Moved away"),
    "deceased": ("死亡", "Died"),
    "merged": ("档案合并", "File merged"),
    # parties and places
    "township": ("镇政府", "Township"),
    "womens_federation": ("妇联", "Women's federation"),
    "school": ("学校", "Schools"),
    "village": ("村", "Villages"),
    "youth_league": ("共青团", "Youth league"),
    "health_centre": ("卫生院", "Health centre"),
    "mentor": ("结对人", "Mentors"),
    "county": ("县", "County"),
    "childrens_home": ("留守儿童之家", "Children's Homes"),
    "activity_room": ("活动室", "Activity rooms"),
    "book_house": ("农家书屋", "Village book houses"),
    "distance_learning": ("远程教育站点", "Distance-learning sites"),
    "rights_station": ("维权站", "Rights stations"),
    # mentors
    "cadre": ("村干部", "Cadres"),
    "government_staff": ("政府人员", "Government staff"),
    "village_committee": ("村委会成员", "Village committee"),
    "retired_teacher": ("退休教师", "Retired teachers"),
    "party_member": ("党员", "Party members"),
    "volunteer": ("志愿者", "Volunteers"),
    "surrogate_mother": ("代理妈妈", "Surrogate mothers"),
    "surrogate_father": ("代理爸爸", "Surrogate fathers"),
    "student_village_official": ("大学生村官", "Student village officials"),
    # contacts
    "home_visit": ("家访", "Home visits"),
    "talk": ("谈心", "Talks"),
    "phone_call": ("电话", "Phone calls"),
    "video_call": ("亲情视频", "Video calls"),
    "tutoring": ("学习辅导", "Tutoring"),
    "shared_meal": ("共同生活", "Shared meals or stays"),
    "parents_meeting": ("家长会", "Parents' meetings"),
    "condolence_visit": ("慰问", "Condolence visits"),
    "no_answer": ("无人接听", "No answer"),
    "language_barrier": ("语言不通", "Language barrier"),
    "number_wrong": ("号码有误", "Wrong number"),
    "not_at_home": ("不在家", "Not at home"),
    "refused": ("拒绝", "Refused"),
    # activities, publicity
    "film": ("观影", "Films"),
    "show": ("文艺演出", "Shows"),
    "painting": ("绘画", "Painting"),
    "lecture": ("讲座", "Lectures"),
    "sports": ("体育", "Sports"),
    "reading": ("阅读", "Reading"),
    "rights_month": ("维权行动月", "Rights month"),
    "guardian_training": ("监护人培训", "Guardian training"),
    "exchange_meeting": ("经验交流会", "Exchange meetings"),
    "other": ("其他", "Other"),
    "radio": ("广播", "Radio"),
    "television": ("电视", "Television"),
    "newspaper": ("报纸", "Newspapers"),
    "web": ("网络", "Web"),
    "meeting": ("会议", "Meetings"),
    # danger codes
    "living_alone": ("独居", "Living alone"),
    "missing": ("失踪", "Missing"),
    "abuse": ("虐待", "Abuse"),
    "injury": ("受伤", "Injury"),
    "sexual_harm": ("性侵害", "Sexual harm"),
    "guardian_lost_capacity": ("监护人丧失能力", "Guardian lost capacity"),
    "dropout": ("辍学", "Dropped out"),
}
"""By code; one code means the same wherever it stands."""

SECTIONS: Mapping[SummarySection, Label] = {
    SummarySection.SITUATION: ("基本情况", "Situation and figures"),
    SummarySection.ORGANISATION: ("组织保障", "Organisation"),
    SummarySection.FILES: ("档案与联系网络", "Files and network"),
    SummarySection.PAIRING: ("结对关爱", "Pairing and contacts"),
    SummarySection.HOMES: ("阵地与活动", "Homes and activities"),
    SummarySection.HEALTH: ("健康体检", "Health"),
    SummarySection.HARDSHIP: ("困难帮扶", "Hardship aid"),
    SummarySection.RIGHTS: ("权益保护", "Rights and protection"),
    SummarySection.PUBLICITY: ("宣传", "Publicity"),
    SummarySection.OUTCOMES: ("就学与成效", "Schooling and outcomes"),
    SummarySection.DIFFICULTIES: ("困难与问题", "Difficulties"),
    SummarySection.NEXT_STEPS: ("下一步打算", "Next steps"),
}
"""Headings of a work summary."""


def label_of(key: str) -> Label:
    """How a code is printed; a number or an unknown code as it is."""
    return LABELS.get(key, (key, key))
