import type { ErrorDocument } from '#shared/model/error.ts';
import type { Cli, Outlet } from './cli.ts';

const codes = { dim: 2, bold: 1, red: 31, green: 32, amber: 33, cyan: 36 } as const;

/** A colour or weight of terminal text. */
export type Tone = keyof typeof codes;

/** Paints text for one outlet; leaves it alone when the outlet is no terminal or NO_COLOR is set. */
export type Paint = (tone: Tone, text: string) => string;

/** The paint for stdout. https://no-color.org */
export function paintFor(cli: Cli, outlet: Outlet = cli.stdout): Paint {
  const plain = outlet.isTTY !== true || Boolean(cli.environment.NO_COLOR) || cli.environment.TERM === 'dumb';
  return plain ? (_tone, text) => text : (tone, text) => `\u001B[${codes[tone]}m${text}\u001B[0m`;
}

/** Prints the one result of a command: the document with `--json`, else the text for people. */
export function report(cli: Cli, document: unknown, text: () => string): void {
  cli.stdout.write(cli.json ? `${JSON.stringify(document, null, 2)}\n` : ensureNewline(text()));
}

/** Tells a person something beside the result; silent with `--json`. */
export function note(cli: Cli, text: string): void {
  if (!cli.json) cli.stderr.write(ensureNewline(text));
}

/** Prints an error in the form the caller chose. */
export function reportError(cli: Cli, document: ErrorDocument): void {
  const paint = paintFor(cli, cli.stderr);
  cli.stderr.write(
    cli.json ? `${JSON.stringify({ error: document })}\n` : `${paint('red', 'toll:')} ${document.message}\n`,
  );
}

function ensureNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
