"""Printed text as HTML that every Markdown processor leaves alone."""

import re

_ANSI = re.compile(r"\x1b(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])")


def printed_html(text: str) -> str:
    """Printed text as HTML content on one line, to stand inside a `<samp>`.

    Newlines and the signs that Markdown or an extension might read become
    character references, and colour codes go. Other control characters are
    shown as their pictures (U+2400 and up), since HTML forbids most of them.
    """

    def character(sign: str) -> str:
        if sign.isalnum() or sign in " .,:;-+/()%='?@":
            return sign
        if sign < " " and sign not in "\n\t":
            sign = chr(0x2400 + ord(sign))
        elif "\x7f" <= sign < "\xa0":  # as references they mean other signs
            sign = "\u2421" if sign == "\x7f" else "\ufffd"
        return sign if sign > "\xa0" and sign.isprintable() else f"&#{ord(sign)};"

    # A terminal shows CRLF as one line end.
    plain = _ANSI.sub("", text).replace("\r\n", "\n").rstrip()
    return "".join(map(character, plain))


def output_html(text: str, kind: str = "run-stdout", label: str = "Output") -> str:
    """Printed text in a box that scrolls by itself and has no copy button.

    Args:
        text: what was printed.
        kind: class of the box: `run-stdout`, `run-stderr` or `run-failed`.
        label: what the box is called for those who hear the page.
    """
    return (
        f'<pre class="{kind}" tabindex="0" role="group" aria-label="{label}">'
        f"<samp>{printed_html(text)}</samp></pre>"
    )
