"""A score with its reasons as HTML: the scale, the words that moved it, and the nearest tasks. All text is escaped here."""

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.facts.labels import label_set
from jobimpact.reporting.figures.style import colour, read_style
from jobimpact.reporting.words.wording import format_value
from jobimpact.screen.tiles import Tile

_LABELLED = ("human", "gpt4", "gpt4_alt")
_LEVELS = ("E0", "E2", "E1")  # from the least exposed to the most
_SHADES = dict(zip(_LEVELS, (0, 2, 4), strict=True))  # places in the sequential colours
_LABEL = 1.0  # half the width of a label on the scale, in per cent of it
_LEAST_SHOWN = 0.09  # share below which a number does not fit into its part of the bar
_STRONGEST = 0.6  # opacity of the strongest colour behind a word: its ink stays readable (above 4.5:1)
_STYLE = """<style>
.ji-scale {{position: relative; height: 4.4rem; margin: .2rem 1.2rem 0 1.2rem;}}
.ji-line {{position: absolute; left: 0; right: 0; top: 2.05rem; height: .6rem; border-radius: .3rem; background: {grid};}}
.ji-range {{position: absolute; top: 2.05rem; height: .6rem; border-radius: .3rem; background: {light};}}
.ji-mark {{position: absolute; top: 1.7rem; width: 4px; height: 1.3rem; margin-left: -2px; border-radius: 2px;
  background: {strong};}}
.ji-value {{position: absolute; top: 0; transform: translateX(-50%); font-weight: 700; font-size: 1.15rem; color: {strong};}}
.ji-tick {{position: absolute; top: 3.05rem; transform: translateX(-50%); font-size: .78rem; color: {quiet};}}
.ji-bar {{display: flex; height: 1.7rem; border-radius: .3rem; overflow: hidden; margin-top: .3rem;}}
.ji-bar div {{display: flex; align-items: center; justify-content: center; font-size: .85rem; font-weight: 600;}}
.ji-key {{display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: .4rem; font-size: .85rem; color: {quiet};}}
.ji-key i {{display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; margin-right: .35rem;
  vertical-align: -.08rem;}}
.ji-words {{font-size: 1.2rem; line-height: 3rem; overflow-wrap: anywhere; color: {ink};}}
.ji-word {{position: relative; padding: .15rem .12rem; border-radius: .25rem;}}
/* Wide enough for its number, also where the word is one Chinese character. */
.ji-named {{display: inline-block; min-width: 2.3rem; max-width: 100%; line-height: 1.5rem; text-align: center;}}
.ji-up {{border-bottom: 3px solid {mean};}}
.ji-down {{border-bottom: 3px dashed {bar};}}
.ji-word small {{position: absolute; left: 50%; top: calc(100% + .3rem); transform: translateX(-50%);
  font-size: .72rem; line-height: 1; white-space: nowrap; font-weight: 600;}}
.ji-up small {{color: {mean};}}
.ji-down small {{color: {bar};}}
.ji-near {{display: grid; grid-template-columns: 4.2rem 1fr; gap: .1rem 1rem; padding: .7rem 0; border-top: 1px solid {grid};}}
.ji-near b {{font-size: 1.1rem; color: {strong};}}
.ji-near .ji-like {{height: .3rem; border-radius: .15rem; background: {grid}; margin-top: .25rem;}}
.ji-near .ji-like div {{height: 100%; border-radius: .15rem; background: {bar};}}
.ji-near p {{margin: 0; color: {ink}; overflow-wrap: anywhere;}}
.ji-near span {{font-size: .85rem; color: {quiet};}}
.ji-chips {{display: flex; flex-wrap: wrap; gap: .35rem; margin-top: .3rem;}}
.ji-chips em {{font-style: normal; font-size: .8rem; font-weight: 600; padding: .1rem .5rem; border-radius: .8rem;}}
</style>"""


def score_tiles(score: Mapping[Any, Any], language: str = "en") -> list[Tile]:
    """Return exposure, label set and automation of one scored text, a row of the scores of an explanation."""
    phrases = _phrases(language)
    values = {
        "beta": _number(score["beta"], language),
        "interval": label_set(score["beta_low"], score["beta_high"], language),
        "automation": _number(score["automation"], language),
    }
    return [Tile(phrases[f"tile_{key}"], value, phrases[f"tile_{key}_note"]) for key, value in values.items()]


def scale_html(score: Mapping[Any, Any], language: str = "en") -> str:
    """Return a scale from 0 to 1 with the 90 % interval and the score, and a bar of the chances of E0, E2 and E1."""
    # A set of one label has no width, and is to be seen all the same.
    low, high = (100 * float(score[name]) + side for name, side in (("beta_low", -_LABEL), ("beta_high", _LABEL)))
    beta = 100 * float(score["beta"])
    marks = "".join(f'<span class="ji-tick" style="left:{100 * tick:.0f}%">{tick:g}</span>' for tick in (0, 0.25, 0.5, 0.75, 1))
    scale = (
        f'<div class="ji-scale"><div class="ji-line"></div>'
        f'<div class="ji-range" style="left:{low:.1f}%;width:{high - low:.1f}%"></div>'
        f'<div class="ji-mark" style="left:{beta:.1f}%"></div>'
        f'<span class="ji-value" style="left:{beta:.1f}%">{_number(score["beta"], language)}</span>{marks}</div>'
    )
    phrases = _phrases(language)
    parts, key = [], []
    for level in _LEVELS:
        share = float(score[f"p_{level.lower()}"])
        paint = _paint(level)
        text = format_value(share, "percent", 0, language)
        parts.append(f'<div style="width:{100 * share:.2f}%;{paint}">{text if share >= _LEAST_SHOWN else ""}</div>')
        key.append(f'<span><i style="{paint}"></i>{html.escape(phrases[f"p_{level.lower()}"])}: {text}</span>')
    title = html.escape(phrases["probabilities"])
    bar = f'<div class="ji-bar" role="img" aria-label="{title}">{"".join(parts)}</div><div class="ji-key">{"".join(key)}</div>'
    return _style() + scale + bar


def words_html(task: str, words: pd.DataFrame, language: str = "en") -> str:
    """Return the text with its words marked by their effect on the score; numbers stand under the strongest.

    `words` are the rows of the table ``word_effects`` of the text that was scored.
    """
    phrases = _phrases(language)
    single = words[words["n_words"] == 1].sort_values("start", ignore_index=True)
    clear, most = float(assumption("reasons", "clear_effect")), int(assumption("reasons", "words_shown"))
    sizes = single["effect"].abs().fillna(0)
    full = max([float(assumption("reasons", "full_colour")), *sizes])
    strongest = set(sizes[sizes >= clear].nlargest(most).index)
    pieces, end = [], 0
    for number, row in enumerate(single.to_dict(orient="records")):
        pieces.append(html.escape(task[end : row["start"]]))
        end = row["end"]
        word = html.escape(task[row["start"] : end])
        numbered = number in strongest
        is_clear = sizes.iloc[number] >= clear
        pieces.append(_word(word, row["effect"], full, numbered=numbered, phrases=phrases) if is_clear else word)
    pieces.append(html.escape(task[end:]))
    keys = [
        f'<span><i style="background:{_tint(colour(ink), _STRONGEST)}"></i>{html.escape(phrases[word])}</span>'
        for ink, word in (("mean", "raises"), ("bar", "lowers"))
    ]
    return f'{_style()}<div class="ji-words">{"".join(pieces)}</div><div class="ji-key">{"".join(keys)}</div>'


def nearest_html(nearest: pd.DataFrame, language: str = "en") -> str:
    """Return rows of ``nearest_tasks`` under one another: exposure, text, occupation, labels and similarity as chips."""
    return _style() + "".join(_near(row, language) for row in nearest.to_dict(orient="records"))


def _near(row: Mapping[Any, Any], language: str) -> str:
    phrases = _phrases(language)
    chips = [
        f'<em style="{_paint(str(row[name]))}">{html.escape(phrases[f"rater_{name}"])} {html.escape(str(row[name]))}</em>'
        for name in _LABELLED
        if isinstance(row[name], str)
    ]
    like = phrases["similarity_of"].format(value=f"{row['similarity']:.2f}")
    chips.append(f'<em style="border:1px solid {colour("grid")};color:{colour("quiet")}">{html.escape(like)}</em>')
    where = f"{row['title']} ({row['onetsoc_code']})"
    if row["n_same_text"] > 1:
        where = f"{where}; {phrases['same_text'].format(n=row['n_same_text'])}"
    # The large number is the exposure, as everywhere on the page; similarity is small print.
    beta = float(row["beta"])
    return (
        f'<div class="ji-near"><div><b>{_number(beta, language)}</b><small>{html.escape(phrases["modelled_short"])}</small>'
        f'<div class="ji-like"><div style="width:{100 * beta:.0f}%"></div></div></div>'
        f"<div><p>{html.escape(str(row['task']))}</p><span>{html.escape(where)}</span>"
        f'<div class="ji-chips">{"".join(chips)}</div></div></div>'
    )


def _word(word: str, effect: float, full: float, *, numbered: bool, phrases: Mapping[str, str]) -> str:
    """Return a marked word, which is escaped already."""
    # Kind of line and sign say the direction too, so that it does not hang on colour alone.
    up = effect > 0
    number = f"{effect:+.2f}".replace("-", "\N{MINUS SIGN}")
    title = html.escape(f"{number} {phrases['raises' if up else 'lowers']}")
    tint = _tint(colour("mean" if up else "bar"), _STRONGEST * min(abs(effect) / full, 1))
    small = f"<small>{number}</small>" if numbered else ""
    kind = ("ji-up" if up else "ji-down") + (" ji-named" if numbered else "")
    return f'<span class="ji-word {kind}" style="background:{tint}" title="{title}">{word}{small}</span>'


def _paint(level: str) -> str:
    shades, index = read_style()["sequential"], _SHADES[level]
    return f"background:{shades['colours'][index]};color:{shades['ink_on'][index]}"


def _tint(ink: str, opacity: float) -> str:
    red, green, blue = (int(ink[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.2f})"


def _number(value: Any, language: str) -> str:
    return format_value(float("nan") if value is None else float(value), "0-1", 2, language)


def _phrases(language: str) -> dict[str, Any]:
    return read_assumptions("reasons")[language]


def _style() -> str:
    return _STYLE.format(**{name: colour(name) for name in ("grid", "light", "strong", "quiet", "ink", "mean", "bar")})
