/** Up to two letters for a tool's tile: `CC` for Claude Code, `AI` for aider. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const [first = '?', second] = words;
  const letters = second === undefined ? [...first].slice(0, 2).join('') : `${[...first][0]}${[...second][0]}`;
  return letters.toUpperCase();
}

/** A path with the person's own home folder as `~`; only the usual places of Linux, macOS and Windows are known. */
export function shortenPath(path: string): string {
  return path.replace(/^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root|[A-Z]:\\Users\\[^\\]+)(?=[/\\]|$)/, '~');
}
