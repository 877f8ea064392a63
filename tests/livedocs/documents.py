"""Documents that are nearly pages: many are good, many are spoiled in some way."""

from hypothesis import strategies as st

INFOS = st.sampled_from(
    [
        *("python", "py", "Python", "bash", "text", "toml", "pycon", "pyhton", ""),
        *("{.python}", "{.text}", "c++", "python title='a b'", "py {#a}", "text `"),
        *("é", " "),
    ]
)
DIRECTIVES = st.sampled_from(
    [
        "<!--pytest-codeblocks:cont-->",
        "<!--pytest-codeblocks:expected-output-->",
        '<!--pytest.mark.skip(reason="why")-->',
        "<!--livedocs:alone-->",
        "<!--livedocs:timeout(x)-->",
        "<!--pytest-codeblocks:skip-->",
    ]
)
CODE = st.text(max_size=8) | st.sampled_from(
    [
        *("x = 1", "    x", "\tx", "", "  ", "```", "~~~", "````", "    ```"),
        *("<!--", "-->", "'\u2028'", "'\x85\x0c'", "é", "> x"),
    ]
)
PROSE = st.sampled_from(
    [
        *("Text.", "# Title", "---", "***", "- item", "1. item", "> quote", "..."),
        *("!!! note", "=== tab", "/// note", "///", "[a]: b", "| a | b |", "|-|-|"),
        *("<div>", "</div>", "<!--", "-->", "<pre>", "</pre>", "<script>", ":", "`a"),
    ]
)
LINE = CODE | DIRECTIVES | PROSE
PREFIX = st.sampled_from(["", " ", "  ", "   ", "    ", "\t", "> ", ">", "- ", "1. "])
FENCE_MARK = st.builds(str.__mul__, st.sampled_from("`~"), st.integers(2, 6))


@st.composite
def fences(draw: st.DrawFn) -> list[str]:
    mark = draw(FENCE_MARK)
    end = draw(st.sampled_from([mark, mark, mark, mark + mark[0], mark[1:], ""]))
    directives = draw(st.lists(DIRECTIVES, max_size=1))
    body = draw(st.lists(CODE, max_size=3))
    return [*directives, mark + draw(INFOS), *body, end]


@st.composite
def good_fences(draw: st.DrawFn) -> list[str]:
    info = draw(st.sampled_from(["python", "py title='a'", "bash", "text", "{.toml}"]))
    ticks = draw(st.sampled_from(["```", "~~~~"]))
    body = draw(st.lists(st.sampled_from(["x = 1", "    x", "", "\u2028"]), max_size=3))
    return ["", ticks + info, *body, ticks, ""]


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    chunks = good_fences() | good_fences() | fences() | st.lists(LINE, max_size=3)
    for chunk in draw(st.lists(chunks, max_size=6)):
        prefix = draw(st.just("") | PREFIX)
        lines += [prefix + line for line in chunk]
    return draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])).join(lines)
