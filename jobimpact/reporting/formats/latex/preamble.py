"""What stands in front of a report's text in LaTeX: class, packages, commands, and characters that LaTeX does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.formats.latex.text import escape_latex, is_chinese, other_characters

if TYPE_CHECKING:
    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.formats.branding import Brand

_CLASSES = {
    "en": r"\documentclass[11pt,a4paper]{article}",
    "zh": r"\documentclass[UTF8,fontset=fandol,zihao=5,a4paper]{ctexart}",
}
_HEADINGS = {
    "en": r"""
\IfFileExists{titlesec.sty}{\usepackage{titlesec}\titleformat{\section}{\sffamily\bfseries\Large\color{accent}}{}{0pt}{}
\titlespacing*{\section}{0pt}{1.6\baselineskip}{.2\baselineskip}}{}""",
    "zh": r"""
\ctexset{section={format=\sffamily\bfseries\Large\raggedright\color{accent},beforeskip=1.6\baselineskip,afterskip=.4\baselineskip}}""",
}
_FONTS = {
    "en": r"""
\ifPDFTeX
  \pdfminorversion=7
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{mathptmx}
  \usepackage[scaled=.92]{helvet}
  \input{glyphtounicode}
  \pdfgentounicode=1
\else
  \usepackage{fontspec}
  \IfFontExistsTF{TeX Gyre Termes}{\setmainfont{TeX Gyre Termes}}{}
  \ifXeTeX\IfFileExists{xeCJK.sty}{\usepackage{xeCJK}}{}\fi
\fi""",
    "zh": "",
}
_CHINESE_FONTS = r"""
\ifcsname setCJKmainfont\endcsname
  % The free fonts of TeX Live lack rarer characters.
  \IfFontExistsTF{Noto Serif CJK SC}{\setCJKmainfont{Noto Serif CJK SC}}{%
    \IfFontExistsTF{FandolSong-Regular.otf}{\setCJKmainfont{FandolSong-Regular.otf}[BoldFont=FandolSong-Bold.otf]}{}}
  \IfFontExistsTF{Noto Sans CJK SC}{\setCJKsansfont{Noto Sans CJK SC}}{%
    \IfFontExistsTF{FandolHei-Regular.otf}{\setCJKsansfont{FandolHei-Regular.otf}[BoldFont=FandolHei-Bold.otf]}{}}
\fi"""
_PAGE = r"""
\usepackage[margin=2.2cm]{geometry}
\usepackage{xcolor,float,caption}
\usepackage[numbers]{natbib}
\IfFileExists{xurl.sty}{\usepackage{xurl}}{}
\captionsetup{font=small,labelfont=bf,textfont=bf,skip=4pt}
\captionsetup*[figure]{justification=raggedright,singlelinecheck=false}
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5\baselineskip}
\setlength{\emergencystretch}{3em}
\widowpenalty=10000
\clubpenalty=10000
\setcounter{secnumdepth}{0}
% Tables and figures stay where the text has them.
\floatplacement{table}{H}
\floatplacement{figure}{H}
\makeatletter
\renewcommand{\l@section}{\@dottedtocline{1}{0pt}{0pt}}
\makeatother"""
_COMMANDS = r"""% What body.tex needs in any text: \input this before \begin{document}, and the body where it should stand.
\usepackage{iftex,array,booktabs,longtable,pdflscape,graphicx,xcolor,hyperref}
\ifPDFTeX\usepackage[T1]{fontenc}\fi
\AtBeginDocument{\setlength{\LTcapwidth}{\textwidth}}
\makeatletter
% Older versions of graphicx do not know the text for readers who do not see a figure.
\@ifundefined{KV@Gin@alt}{\define@key{Gin}{alt}{}}{}
\makeatother
% A figure in the text links to its row in the list of every figure.
\providecommand{\claim}[2]{\hyperlink{claim.#1}{#2}}
\providecommand{\claimrow}[2]{\hypertarget{claim.#1}{#2}}
\providecommand{\claimgap}{\hspace{.22em plus .1em}}
\providecommand{\bymodel}{\textsuperscript{\dag}}
% A reference is cited once BibTeX has made it.
\providecommand{\sourcecite}[1]{\ifcsname b@#1\endcsname~\cite{#1}\fi}"""
_FOOT = r"""
\IfFileExists{fancyhdr.sty}{\usepackage{fancyhdr}\pagestyle{fancy}\fancyhf{}\renewcommand{\headrulewidth}{0pt}
\fancyfoot[L]{\color{quiet}\parbox[t]{.85\textwidth}{\raggedright\sffamily\footnotesize FOOT}}
\fancyfoot[R]{\color{quiet}\sffamily\footnotesize\thepage}}{\pagestyle{plain}}"""
_OTHER = r"""
% Characters that the fonts may lack: printed where they have them, else as their code.
\providecommand{\othercharacter}[2]{%
  \ifPDFTeX
    \ifcsname u8:\detokenize{#1}\endcsname\else\DeclareUnicodeCharacter{#2}{\mbox{[U+#2]}\hspace{0pt}}\fi
  \else
    \begingroup\lccode`\~="#2\relax
    \lowercase{\endgroup\protected\def~}{\iffontchar\font"#2 \char"#2 \else\mbox{[U+#2]}\hspace{0pt}\fi}%
    \catcode"#2=\active
  \fi}
\providecommand{\chinesecharacter}[2]{%
  \ifPDFTeX\othercharacter{#1}{#2}\else\ifcsname CJKfamily\endcsname\else\othercharacter{#1}{#2}\fi\fi}"""


def preamble(document: Document, brand: Brand, folder: str) -> str:
    """Return what stands before the text of the report itself: class, fonts, page, and the commands of its body.

    Parameters
    ----------
    document
        For its language and its titles.
    brand
        For fonts and the line at the foot.
    folder
        Name of the folder with ``commands.tex``.
    """
    language = "zh" if document.language == "zh" else "en"
    foot = _FOOT.replace("FOOT", escape_latex(brand.footer or document.title))
    packages = [_CLASSES[language], r"\usepackage{iftex}", _FONTS[language], _CHINESE_FONTS, _PAGE, _HEADINGS[language]]
    packages += [_fonts(brand), rf"\input{{{folder}/commands}}", foot, r"\AtBeginDocument{\color{ink}}"]
    title, author = escape_latex(document.title), escape_latex(brand.name or "jobimpact")
    packages.append(rf"\hypersetup{{hidelinks,pdftitle={{{title}}},pdfauthor={{{author}}},pdflang={{{document.language}}}}}")
    return "\n".join(part.strip("\n") for part in packages if part)


def commands(document: Document, brand: Brand, sources: str) -> str:
    """Return the commands that the body needs, colours, and characters that LaTeX does not know: ``commands.tex``.

    Parameters
    ----------
    document
        For its language.
    brand
        For colours.
    sources
        All LaTeX and BibTeX source of the report, for the characters in it.
    """
    colours = [rf"\definecolor{{{name}}}{{HTML}}{{{brand.colour(name)[1:].upper()}}}" for name in ("accent", "ink", "quiet")]
    others = sorted(other_characters(sources))
    if document.language == "zh":
        others = [character for character in others if not is_chinese(character)]
    declared = [_OTHER.strip("\n"), *map(_declared, others)] if others else []
    return "\n".join([_COMMANDS, *colours, *declared, ""])


def _fonts(brand: Brand) -> str:
    """Return the fonts of a brand, for programs and machines that have them."""
    lines = []
    for use, command in (("text", "setmainfont"), ("heading", "setsansfont")):
        if family := (brand.fonts or {}).get(use):
            there = rf"\IfFontExistsTF{{{family}}}{{\{command}{{{family}}}}}{{}}"
            lines.append(rf"\ifcsname {command}\endcsname{there}\fi")
    return "\n".join(lines)


def _declared(character: str) -> str:
    command = "chinesecharacter" if is_chinese(character) else "othercharacter"
    return rf"\{command}{{{character}}}{{{ord(character):04X}}}"
