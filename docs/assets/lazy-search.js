// The index of the search is larger than any page. Material for MkDocs asks for it
// as soon as a page is open; this lets it ask once a reader turns to the search.
(() => {
  const send = XMLHttpRequest.prototype.send
  const open = XMLHttpRequest.prototype.open
  const index = new WeakSet()
  const wanted = new Promise((resolve) => {
    const look = (event) => {
      if (event.target.closest?.(".md-search, #__search, [for=__search]")) resolve()
    }
    for (const kind of ["focusin", "change", "pointerover"])
      document.addEventListener(kind, look)
    // Also where the page was opened by a search, or before this ran.
    if (new URLSearchParams(location.search).has("q")) resolve()
  })
  XMLHttpRequest.prototype.open = function (method, url, ...others) {
    if (String(url).endsWith("search/search_index.json")) index.add(this)
    return open.call(this, method, url, ...others)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    if (index.has(this)) wanted.then(() => send.apply(this, body))
    else send.apply(this, body)
  }
})()
