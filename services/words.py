"""Words of the published language: codes with their names in both languages, how people's names are kept.

Names and lines are kept in one form, with nothing that nobody sees, and compared by what is read.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from typing import Self

from opencc import OpenCC

from shared import Bilingual, TextError


class Code(StrEnum):
    """A code: its value is stored and sent, `zh` and `en` are what people read for it.

    A member is written `FEMALE = "female", "女", "Girls"`.
    """

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Make a member. Without words only for type checkers, which take a look-up for this."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.zh = zh
        code.en = en
        return code

    @property
    def words(self) -> Bilingual:
        """Both."""
        return Bilingual(self.zh, self.en)


LONGEST_NAME = 60
"""Characters, as in `language.Name`."""

_HAN = r"[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_IS_HAN = re.compile(_HAN)
_BETWEEN_HAN = re.compile(rf"(?<={_HAN}) (?={_HAN})")
_DOT = (
    r"[\u00b7\u02d9\u0387\u119e\u1427\u16eb\u2022\u2024\u2027\u2218\u2219\u22c5\u25cf\u25e6\u2e30\u2e31\u2e33"
    r"\u3002\u30fb\u318d\ua78f\uff61\uff65\U00010101]"
)
_EVERY_DOT = re.compile(_DOT)
_DOTS = re.compile(rf" *{_DOT} *|(?<={_HAN})[.](?={_HAN})")
"""What people type for the dot within a name."""
_BETWEEN = re.compile(
    r"[\s.'`\u02b9\u02bb\u02bc\u2010-\u2015\u2018\u2019\u2032\u2212\u30a0-]|" + _DOT,
)
"""What stands between the parts of a name."""

_NOT_LINE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Zl", "Zp"})
"""Categories: control, format, unassigned, private, halves, marks that enclose, the ends of lines."""
_FILLERS = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd\U00016fe4\U0001d159"
    r"\U000e0100-\U000e01ef]|[^\S \u00a0\u3000]"
)
"""What is of another category and shows nothing: fillers and variation selectors (Unicode's
Default_Ignorable_Code_Point), blanks drawn as symbols, spaces that are none of the three that people type.

The Mongolian variation selectors (U+180B to 180D, 180F) are not among them: a name needs them.
"""
_LATER_HAN = re.compile(
    r"[\U0002b739-\U0002b73f\U0002b81e\U0002cea2-\U0002cead\U0002ebf0-\U0002ee5d\U00031350-\U00033479]"
)
"""Chinese characters of Unicode 15 to 17, for rare names; this Python may not know them yet."""
_PLAIN = re.compile(r"[\u3400-\u4db5\u4e00-\u9fa5A-Za-z0-9\u00b7]*", re.ASCII)
"""Most names: nothing in them has another form, or marks."""
_CHOSEN_FORM = re.compile("[\u180b-\u180d\u180f]")
_TIBETAN = ("\u0f00", "\u0fff")
MOST_MARKS, MOST_TIBETAN_MARKS = 3, 6
"""Over and under one letter, such as take no room of their own; in Tibetan the lower letters of a stack are
marks, too."""

_NEW_IN_JAPAN = (
    "両两乗乘亀龟亜亚仏佛仮假伝传価价倹俭児儿円圆処处剣剑剤剂剰剩労劳効效勅敕勧劝勲勋単单厳严"
    "収收唖哑営营噛啮団团囲围図图圏圈圧压塁垒塩盐増增壊坏壌壤壱壹売卖変变奨奖嬢娘実实寛宽対对"
    "専专尭尧巌岩巣巢巻卷帯带帰归庁厅広广廃废弐贰弾弹従从徳德徴征応应恵惠悩恼悪恶懐怀戦战戯戏"
    "戻戾払拂抜拔択择拝拜拠据拡扩挿插捜搜掲揭掻搔揺摇摂摄撃击撹搅斉齐斎斋晩晚暁晓暦历曽曾栄荣"
    "桜樱桟栈検检楽乐様样権权歓欢歩步歯齿歳岁歴历毎每気气沢泽浄净涙泪渇渴済济渉涉渓溪満满滝泷"
    "瀬濑焼烧犠牺猟猎獣兽畳叠痩瘦発发県县砕碎稲稻穂穗穏稳穣穰竜龙粋粹粛肃経经絵绘継继続续総总"
    "縁缘縄绳縦纵繊纤繍绣聴听脳脑臓脏艶艳荘庄蔵藏薫薰薬药蛍萤蝋蜡覇霸覚觉覧览観观訳译読读譲让"
    "豊丰賛赞転转軽轻辺边逓递遅迟酔醉醤酱醸酿釈释鉄铁銭钱鋳铸錬炼関关陥陷険险隠隐雑杂霊灵頴颖"
    "頼赖顕显駅驿駆驱騒骚験验髄髓髪发鴎鸥鶏鸡鹸碱麹曲麺面黒黑黙默齢龄"
)
"""Japan's new forms, each before the usual character here: OpenCC's jp2t and t2s, of those outside GB 2312.

What GB 2312 has is a character of its own here: 芸 is no 艺.
"""
_SAME_SHAPE = (
    "値值呉吴塡填娯娱戸户揷插硏研緖绪郞郎郷乡鄕乡隷隶飮饮髙高靑青淸清﨑崎兪俞濵滨桒桑尙尚愼慎"
    "顚颠囯国冨富寳宝曺曹亊事冄冉衞卫寗宁寕宁吿告嶋岛栁柳渋涩澁涩凖准竒奇虗虚讃赞逹达邉边龝秋"
    "囘回囬回恊协挙举曻升楡榆焔焰煕熙熈熙凞熙玆兹珎珍聡聪舎舍賎贱鐡铁闘斗頬颊鴬莺窓窗畧略薗园"
)
"""Other forms of a character, each before the usual one, of which OpenCC knows nothing: of kZVariant and
kSemanticVariant in Unihan (Unicode 15.1) those outside GB 2312 that are read as the same."""


_USUAL = {ord(form): usual for form, usual in zip(*[iter(_NEW_IN_JAPAN + _SAME_SHAPE)] * 2, strict=True)}


def one_line(text: str) -> str:
    """The line with single spaces, composed (NFC). Raises `ValueError` for what nobody sees."""
    if _PLAIN.fullmatch(text):
        return text
    line = unicodedata.normalize("NFC", text)
    if _FILLERS.search(line) or any(map(_is_unseen, line)):
        raise TextError("应为一行文字，不含换行和看不见的字符", "One line, without invisible characters")
    if not _marks_are_sound(line):
        raise TextError("附加符号太多或无所依附", "Too many marks on a letter, or none to bear them")
    return " ".join(line.split())


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _NOT_LINE and not (category == "Cn" and _LATER_HAN.match(character))


def _marks_are_sound(line: str) -> bool:
    """Whether each mark belongs to a letter that bears marks, and no letter bears a heap of them."""
    number, bears = 0, False
    for character in line:
        category = unicodedata.category(character)
        if not category.startswith("M"):
            number, bears = 0, character.isalpha() and not _IS_HAN.match(character)
            continue
        number += category == "Mn"
        stacks = _TIBETAN[0] <= character <= _TIBETAN[1]
        if not bears or number > (MOST_TIBETAN_MARKS if stacks else MOST_MARKS):
            return False
    return True


def one_name(text: str) -> str:
    """The name in ordinary width (NFKC), with one kind of dot, no space between Chinese characters.

    Raises `ValueError` for what nobody sees, for what holds no letter, and for what is too long so.
    """
    # Dots first: NFKC makes letters of some.
    wide = one_line(unicodedata.normalize("NFKC", _EVERY_DOT.sub("·", one_line(text))))
    name = " ".join(_BETWEEN_HAN.sub("", _DOTS.sub("·", wide)).split())
    if not any(character.isalnum() for character in name):
        raise TextError("姓名要有文字", "A name needs letters")
    if len(name) > LONGEST_NAME:
        raise TextError(f"最多 {LONGEST_NAME} 个字", f"At most {LONGEST_NAME} characters")
    return name


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """What names are compared by: what people read as the same name has the same key.

    Width, case, spaces, dots, apostrophes, traditional and other forms of characters make no difference, nor
    does what nobody sees, which names of early records may hold.
    """
    plain = unicodedata.normalize("NFKC", _EVERY_DOT.sub("·", name)).casefold()
    seen = "".join(one for one in plain if not (_is_unseen(one) or _CHOSEN_FORM.match(one)))
    kept = _BETWEEN.sub("", _FILLERS.sub("", seen)) or plain
    return str(_simplified().convert(kept.translate(_USUAL)))
