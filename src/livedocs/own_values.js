/* A reader's measurements beside the book's, on the ledger. The file is read in the
   browser and sent nowhere; what is in it is checked, and shown as text alone. A
   classic script, since browsers load no modules from the file system. */
"use strict";

(() => {
  const LARGEST = 1_000_000; // bytes
  const VERSION = 1; // of the file, as interleaved.measurements has it
  // When a measurement was disturbed, as interleaved.noise and .timings have it.
  const MOST_STOLEN = 0.02;
  const MOST_FOREIGN = 0.1;
  const WIDEST = 0.15;
  const FEWEST_ROUNDS = 5;
  const CLOSE = 0.15; // of the larger median, as interleaved.measurements has it
  const LONGEST = 200; // characters of a name or label
  const UNITS = ["×", "s", "B", ""];

  /** What is wrong with a file, in a sentence for its owner. */
  class Refused extends Error {}

  /** Checks of parsed JSON; each returns the value or says where it is not one. */
  const must = (good, where, wanted) => {
    if (!good) throw new Refused(`${where} is not ${wanted}.`);
  };
  const record = (value, where) => {
    const good = typeof value === "object" && value !== null && !Array.isArray(value);
    must(good, where, "an object");
    return value;
  };
  const list = (value, where) => {
    must(Array.isArray(value), where, "a list");
    return value;
  };
  const text = (value, where) => {
    const good = typeof value === "string" && value.length <= LONGEST;
    must(good, where, `a text of at most ${LONGEST} characters`);
    return value;
  };
  const truth = (value, where) => {
    must(typeof value === "boolean", where, "true or false");
    return value;
  };
  const numbers = (value, where, least) => {
    const good = list(value, where).length > 0 && value.every(
      (each) => typeof each === "number" && Number.isFinite(each) && each >= least,
    );
    must(good, where, "a list of numbers");
    return value;
  };

  /** Median and quartiles, interpolated, as `Spread.of` takes them. */
  function spread(values, unit) {
    const ordered = [...values].sort((one, other) => one - other);
    const at = (share) => {
      const place = (ordered.length - 1) * share;
      const left = Math.floor(place);
      const right = Math.min(left + 1, ordered.length - 1);
      return ordered[left] + (ordered[right] - ordered[left]) * (place - left);
    };
    return { median: at(0.5), low: at(0.25), high: at(0.75), unit };
  }

  const isNoisy = (noise) =>
    Boolean(noise) && (noise.stolen > MOST_STOLEN || noise.foreign > MOST_FOREIGN);

  /** The speed-ups of a comparison by label, and whether it was disturbed. */
  function readComparison(found, where) {
    const timings = list(record(found, where).timings, `${where}.timings`).map(
      (timing, number) => {
        const place = `${where}.timings[${number}]`;
        const label = text(record(timing, place).label, `${place}.label`);
        return { label, seconds: numbers(timing.seconds, `${place}.seconds`, 0) };
      },
    );
    must(timings.length > 1, `${where}.timings`, "of two variants or more");
    const rounds = timings[0].seconds.length;
    const even = timings.every(
      ({ seconds }) => seconds.length === rounds && seconds.every((each) => each > 0),
    );
    must(even, `${where}.timings`, "of the same number of rounds, each above 0 s");
    const spreads = timings.slice(1).map(({ label, seconds }) => [
      label,
      spread(seconds.map((each, round) => timings[0].seconds[round] / each), "×"),
    ]);
    const wide = spreads.some(([, { median, low, high }]) => (high - low) / median > WIDEST);
    return {
      spreads,
      disturbed: rounds < FEWEST_ROUNDS || wide || isNoisy(found.noise),
    };
  }

  function readResult(found, where) {
    const experiment = text(record(found, where).experiment, `${where}.experiment`);
    const digest = text(found.digest, `${where}.digest`);
    const comparisons = list(found.comparisons, `${where}.comparisons`).map(
      (each, number) => readComparison(each, `${where}.comparisons[${number}]`),
    );
    const values = list(found.values, `${where}.values`).map((each, number) => {
      const place = `${where}.values[${number}]`;
      const name = text(record(each, place).name, `${place}.name`);
      must(UNITS.includes(each.unit), `${place}.unit`, "a known unit");
      const samples = numbers(each.samples, `${place}.samples`, -Infinity);
      return [name, spread(samples, each.unit)];
    });
    const spreads = new Map();
    for (const [label, one] of comparisons.flatMap(({ spreads: some }) => some)) {
      if (!spreads.has(label)) spreads.set(label, one);
    }
    for (const [name, one] of values) spreads.set(name, one);
    const disturbed = comparisons.some((each) => each.disturbed);
    return { experiment, digest, spreads, disturbed };
  }

  function readMeasurement(found, where) {
    const interpreter = record(record(found, where).interpreter, `${where}.interpreter`);
    const machine = record(found.machine, `${where}.machine`);
    must(Number.isInteger(machine.cores), `${where}.machine.cores`, "a number");
    return {
      python: text(interpreter.name, `${where}.interpreter.name`),
      version: text(interpreter.version, `${where}.interpreter.version`),
      gil: truth(interpreter.gil, `${where}.interpreter.gil`),
      cores: machine.cores,
      cpu: text(machine.cpu, `${where}.machine.cpu`),
      date: text(found.date, `${where}.date`),
      results: list(found.results, `${where}.results`).map((each, number) =>
        readResult(each, `${where}.results[${number}]`),
      ),
    };
  }

  /** Measurements out of the text of a file; throws `Refused`. */
  function readMeasurements(content) {
    let found;
    try {
      found = JSON.parse(content);
    } catch {
      throw new Refused("This is no JSON.");
    }
    record(found, "The file");
    must(found.interleaved === VERSION, "The file", `of version ${VERSION}`);
    return list(found.measurements, "measurements").map((each, number) =>
      readMeasurement(each, `measurements[${number}]`),
    );
  }

  const isOlder = (one, other) => {
    const [left, right] = [one, other].map((each) => each.split(".").map(Number));
    return left[0] - right[0] || left[1] - right[1];
  };

  /** What to put beside: the same interpreter's, or the newest of the same kind. */
  function beside(own, book) {
    const same = book.find((each) => each.python === own.python);
    if (same) return same;
    const alike = book.filter((each) => each.gil === own.gil);
    return alike.sort((one, other) => isOlder(one.version, other.version)).at(-1);
  }

  /** Whether two measurements of one quantity agree, as the command judges it. */
  function agree(own, book) {
    if (own.unit !== book.unit) return false;
    if (own.low <= book.high && book.low <= own.high) return true;
    const larger = Math.max(Math.abs(own.median), Math.abs(book.median));
    return Math.abs(own.median - book.median) <= CLOSE * larger;
  }

  function verdict(own, book, result, known) {
    if (result.digest !== known.digest) return "another program";
    if (!book) return "";
    if (own.unit !== "×" && own.unit !== "") return "–"; // each machine's own
    return agree(own, book) ? "yes" : "no";
  }

  /** A row for each value of each experiment that the book has, too. */
  function rowsOf(own, book) {
    const other = beside(own, book.measurements);
    const rows = [];
    for (const result of own.results) {
      if (!Object.hasOwn(book.experiments, result.experiment)) continue;
      const known = book.experiments[result.experiment];
      const same = result.digest === known.digest;
      const all = same && other?.values[result.experiment];
      for (const [label, value] of result.spreads) {
        const cell = all && Object.hasOwn(all, label) ? all[label] : null;
        const there = cell && {
          median: cell[0],
          low: cell[1],
          high: cell[2],
          unit: cell[3],
        };
        const said = verdict(value, there, result, known);
        rows.push({
          python: own.python,
          experiment: result.experiment,
          href: known.href,
          label,
          own: written(value),
          book: there ? written(there) : "",
          agrees: result.disturbed ? `${said} (disturbed)`.trim() : said,
        });
      }
    }
    return { rows, other };
  }

  /** A number with about three figures, as `interleaved.spread` writes it. */
  function figures(value) {
    if (value < 0) return `-${figures(-value)}`;
    if (value === 0) return "0";
    if (value < 0.001 || value >= 100_000) {
      const [front, power] = value.toExponential(2).split("e");
      const sign = power.startsWith("-") ? "-" : "+";
      return `${front}e${sign}${power.slice(1).padStart(2, "0")}`;
    }
    if (value < 0.1) return String(Number(value.toPrecision(2)));
    return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  }

  function inUnits(value, units, last) {
    const rounded = Number(value.toPrecision(3));
    for (const [unit, length] of units) {
      if (Math.abs(rounded) >= length) return `${figures(rounded / length)} ${unit}`;
    }
    return last(rounded);
  }

  const SECONDS = [["s", 1], ["ms", 1e-3], ["µs", 1e-6]];
  const BYTES = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]];

  function bare(value, unit) {
    if (unit === "s") {
      if (value === 0) return "0 s";
      return inUnits(value, SECONDS, (rounded) => `${figures(rounded / 1e-9)} ns`);
    }
    if (unit === "B") return inUnits(value, BYTES, (rounded) => `${rounded} B`);
    if (unit === "" && (value % 1 === 0 || Math.abs(value) >= 1000)) {
      return Math.round(value).toLocaleString("en-US");
    }
    return figures(value);
  }

  /** Such as "1.98 × (1.97 to 1.99)", or "1.98 ×" if all three are equal. */
  function written({ median, low, high, unit }) {
    const typical = bare(median, unit) + (unit === "×" ? " ×" : "");
    if (low === median && median === high) return typical;
    return `${typical} (${bare(low, unit)} to ${bare(high, unit)})`;
  }

  function element(name, content, attributes = {}) {
    const made = document.createElement(name);
    for (const [each, value] of Object.entries(attributes)) made.setAttribute(each, value);
    made.append(...[content].flat());
    return made;
  }

  function rowElement(row) {
    const experiment = element("a", row.experiment, { href: row.href });
    const cells = [experiment, row.label, row.own, row.book, row.agrees];
    const first = element("th", row.python, { scope: "row" });
    return element("tr", [first, ...cells.map((each) => element("td", each))]);
  }

  function tableElement(rows) {
    const heads = ["Python", "experiment", "variant", "yours", "the book's", "agrees?"];
    const head = heads.map((each) => element("th", each, { scope: "col" }));
    return element(
      "table",
      [element("thead", element("tr", head)), element("tbody", rows.map(rowElement))],
      { class: "measured-values" },
    );
  }

  /** A sentence about each measurement: what it is of, and what stands beside it. */
  function sentence(own, rows, other) {
    const place = `Python ${own.python} on ${own.cores} × ${own.cpu}, ${own.date}`;
    if (!rows.length) return `${place}: nothing in it that the book has measured.`;
    const kind = own.gil ? "with a GIL" : "without a GIL";
    const there = other
      ? `beside the book's Python ${other.python}: ${other.where}`
      : `the book has no measurement of an interpreter ${kind}`;
    return `${place}; ${there}.`;
  }

  function show(box, content) {
    const book = JSON.parse(BOOK); // which stands above, put there by own_values.py
    const found = readMeasurements(content).map((own) => [own, rowsOf(own, book)]);
    if (!found.length) throw new Refused("There is no measurement in it.");
    const rows = found.flatMap(([, each]) => each.rows);
    const said = found.map(([own, each]) => sentence(own, each.rows, each.other));
    box.querySelector("[role=status]").replaceChildren(said.join(" "));
    const place = box.querySelector(".measured");
    place.replaceChildren(tableElement(rows));
    place.hidden = !rows.length;
  }

  function refuse(box, file, reason) {
    box.querySelector(".measured").hidden = true;
    const hint = "Give it a file of interleaved measure --json.";
    box.querySelector("[role=status]").replaceChildren(
      `${file.name} cannot be shown: ${reason} ${hint}`,
    );
  }

  async function take(box, file) {
    if (file.size > LARGEST) {
      refuse(box, file, "It has more than 1 MB.");
      return;
    }
    try {
      show(box, await file.text());
    } catch (error) {
      const known = error instanceof Refused;
      refuse(box, file, known ? error.message : "It cannot be read.");
    }
  }

  function listen(box) {
    const input = box.querySelector("input");
    box.querySelector(".own-form").hidden = false;
    box.querySelector(".own-without").hidden = true;
    input.addEventListener("change", () => {
      if (input.files.length) take(box, input.files[0]);
      input.value = ""; // so that the same file can be chosen again
    });
    box.addEventListener("dragover", (event) => {
      event.preventDefault();
      box.classList.add("own-over");
    });
    box.addEventListener("dragleave", () => box.classList.remove("own-over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("own-over");
      if (event.dataTransfer.files.length) take(box, event.dataTransfer.files[0]);
    });
  }

  if (typeof document === "undefined") {
    module.exports = { agree, readMeasurements, rowsOf, spread, written };
  } else {
    document.querySelectorAll(".own-values").forEach(listen);
  }
})();
