import queue
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from interleaved import one_problem
from interleaved.one_problem import (
    Summary,
    fetch,
    page_text,
    request_of,
    serving,
    summarise,
    summary_of,
    text_in,
)


@pytest.mark.parametrize("words", [1, 2, 30, 1000])
@pytest.mark.parametrize("page", [0, 3, 12])
def test_words_are_counted(page: int, words: int) -> None:
    """As a counter of the bare words counts them."""
    text = page_text(page, words)
    bare = Counter(text.replace(",", "").lower().split())
    summary = summarise(f"http://somewhere/{page}", text)
    assert summary.page == page
    assert summary.words == words == bare.total()
    assert bare[summary.most_common] == max(bare.values())


def test_pages_differ() -> None:
    """Each has a favourite of its own, so that a mix-up would show."""
    favourites = [
        summarise(f"/{page}", page_text(page, 300)).most_common for page in range(8)
    ]
    assert len(set(favourites)) == 8
    assert page_text(1, 300) == page_text(1, 300)


def test_a_page_without_words_has_no_summary() -> None:
    """There is no most common one."""
    with pytest.raises(ValueError, match="empty"):
        summarise("/0", "")


def test_a_request_is_http() -> None:
    """A line, a field and an empty line."""
    assert request_of("http://127.0.0.1:80/7") == (
        b"GET /7 HTTP/1.0\r\nHost: 127.0.0.1:80\r\n\r\n"
    )


HEAD = b"HTTP/1.0 200 OK\r\nServer: x\r\nContent-Length: 4\r\n\r\n"


def test_text_is_what_follows_the_head() -> None:
    """An empty line ends the head, and only the first does."""
    assert text_in(HEAD + b"word") == "word"
    assert text_in(HEAD.replace(b"4", b"6") + b"a\r\n\r\nb") == "a\r\n\r\nb"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (HEAD + b"wor", "3 bytes came"),
        (HEAD.replace(b"200 OK", b"404 Not Found") + b"word", "404"),
        (HEAD.replace(b"Content-Length: 4\r\n", b"") + b"word", "4 bytes came"),
        (b"", "said ''"),
    ],
)
def test_other_replies_are_refused(reply: bytes, message: str) -> None:
    """A reply that was cut short is not taken for a page."""
    with pytest.raises(ConnectionError, match=message):
        text_in(reply)


def test_pages_are_served_as_they_are() -> None:
    """Word for word, to several clients at once; then the server is gone."""
    with serving(pages=3, words=50, seconds=0) as urls:
        texts = [page_text(page, 50) for page in range(3)]
        assert [fetch(url) for url in urls] == texts
        with ThreadPoolExecutor(3) as team:
            found = list(team.map(summary_of, urls))
        assert found == [
            Summary(page, 50, summarise(f"/{page}", page_text(page, 50)).most_common)
            for page in range(3)
        ]
    with pytest.raises(OSError, match=r"refused|failed|reset"):
        fetch(urls[0])


def test_clients_are_served_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are under way at one time: their waits meet."""
    all_wait = threading.Barrier(3, timeout=10)
    monkeypatch.setattr(one_problem, "sleep", lambda _: all_wait.wait())
    ports: queue.Queue[int] = queue.Queue()

    class Started:
        send = staticmethod(ports.put)

    server = threading.Thread(
        target=one_problem._serve, args=(Started, 10, 1), daemon=True
    )
    server.start()
    address = f"http://127.0.0.1:{ports.get(timeout=10)}/0"
    with ThreadPoolExecutor(3) as team:
        assert set(team.map(fetch, [address] * 3)) == {page_text(0, 10)}


def test_an_exception_ends_the_server() -> None:
    """Whatever goes wrong meanwhile, no process stays behind."""
    with (
        pytest.raises(LookupError),
        serving(pages=1, words=1, seconds=0) as urls,
    ):
        raise LookupError
    with pytest.raises(OSError, match=r"refused|failed|reset"):
        fetch(urls[0])


def test_a_server_that_does_not_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(one_problem, "TIMEOUT", 0.0)
    with (
        pytest.raises(TimeoutError, match="did not start"),
        serving(pages=1, words=1, seconds=0),
    ):
        pass
