// axe-core with two of its costs off, and the same findings; its text comes in between.
//
// Contrast is nearly all that axe's time goes to, and for each element it makes dozens
// of colours. Their private fields are compiled to weak maps, which the garbage
// collector has to follow; and each colour is parsed anew, by a library that knows
// all colour spaces.
((WeakMap, WeakSet) => {
  {{ axe }}
  const { Color } = axe.commons.color
  const { parseString } = Color.prototype
  const parsed = new Map()
  Color.prototype.parseString = function (text) {
    if (!parsed.has(text)) parsed.set(text, parseString.call(new Color(), text))
    const { r, g, b, alpha } = parsed.get(text)
    return Object.assign(this, { r, g, b, alpha })
  }
})(
  // They keep what they know with the object itself; the page is thrown away anyway.
  class {
    #key = Symbol()
    has(each) { return this.#key in each }
    get(each) { return each[this.#key] }
    set(each, value) { each[this.#key] = value; return this }
    delete(each) { return delete each[this.#key] }
  },
  class {
    #key = Symbol()
    has(each) { return this.#key in each }
    add(each) { each[this.#key] = true; return this }
    delete(each) { return delete each[this.#key] }
  },
)
