/** A field line as it was sent, and what it says. */
export interface KnownLine {
  /** Without its CRLF. */
  readonly text: string;
  readonly name: string;
  readonly value: string;
}

interface Place {
  line: KnownLine;
  /** How often another line came in its place. */
  changes: number;
}

const mostPlaces = 64;
const longestLine = 1_024;
/** After so many changes what stands there is taken for something that is new each time, such as a date. */
const mostChanges = 4;
const lineEnd = '\r\n';

/**
 * Remembers the field lines of the latest header blocks on a connection by their place. Whoever sends one block after the other sends most
 * lines unchanged; such a line is recognised where it stands, and its name and value are the same strings as before.
 */
export class FieldMemory {
  readonly #places: Place[] = [];

  /** The line that begins at `at`, if it is the one that stood in this place before. */
  recall(block: string, at: number, index: number): KnownLine | null {
    const line = this.#places[index]?.line;
    if (line === undefined || !block.startsWith(line.text, at)) {
      return null;
    }
    const end = at + line.text.length;
    return end === block.length || block.startsWith(lineEnd, end) ? line : null;
  }

  /** Takes a valid line in, if it is worth it. */
  keep(index: number, line: KnownLine): void {
    const place = this.#places[index];
    if (line.text.length > longestLine || index > this.#places.length || index >= mostPlaces) {
      return;
    }
    if (place === undefined) {
      this.#places.push({ line: detached(line), changes: 0 });
    } else if (place.changes < mostChanges) {
      place.changes += 1;
      place.line = detached(line);
    }
  }
}

/** The same without the block that the texts were cut from. */
function detached({ text, name, value }: KnownLine): KnownLine {
  const copy = Buffer.from(text, 'latin1').toString('latin1');
  const from = copy.indexOf(value, name.length + 1);
  return { text: copy, name: copy.slice(0, name.length), value: copy.slice(from, from + value.length) };
}
