// What Material for MkDocs 9.8 leaves to be mended; it runs before the theme does.

// The index of the search is larger than any page. The theme asks for it as soon as a
// page is open; this lets it ask once a reader turns to the search.
;(() => {
  const { open, send } = XMLHttpRequest.prototype
  const index = new WeakSet()
  const wanted = new Promise((resolve) => {
    for (const kind of ["focusin", "change", "pointerover"])
      document.addEventListener(kind, ({ target }) => {
        if (target.closest?.(".md-search, #__search, [for=__search]")) resolve()
      })
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

// Names for those who hear the page: of the search and of the path to it. What the
// theme puts into a program, its copy button, is no place to go to.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search")
  document.querySelector(".md-path")?.setAttribute("aria-label", "Path to this page")
  const article = document.querySelector("article")
  if (!article) return
  const name = (nodes) => {
    for (const each of nodes)
      if (each.matches?.("nav.md-code__nav")) each.setAttribute("role", "presentation")
  }
  name(article.querySelectorAll("nav"))
  const added = (records) => records.forEach((each) => name(each.addedNodes))
  new MutationObserver(added).observe(article, { childList: true, subtree: true })
  // Tabs and tables that do not fit scroll, and so have to be reached by keyboard.
  const reach = (within) => {
    for (const each of within.querySelectorAll(".tabbed-labels, .md-typeset__scrollwrap"))
      if (each.scrollWidth > each.clientWidth) each.tabIndex = 0
      else each.removeAttribute("tabindex")
  }
  // Not before: the theme wraps tables first, and to ask for sizes takes a layout.
  addEventListener("load", () => reach(article))
  addEventListener("resize", () => reach(article))
  article.addEventListener("toggle", ({ target }) => reach(target), true)
})
