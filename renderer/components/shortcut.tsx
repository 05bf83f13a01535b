import type { ReactNode } from 'react';
import classes from './shortcut.module.css';

const isMac = navigator.userAgent.includes('Macintosh');
const macSymbols: Readonly<Record<string, string>> = { Mod: '\u2318', Alt: '\u2325', Shift: '\u21e7' };

/** One key of a shortcut as this platform writes it; `Mod` is Command or Ctrl. */
export function keyName(key: string): string {
  if (isMac) return macSymbols[key] ?? key;
  return key === 'Mod' ? 'Ctrl' : key;
}

/** Shows a shortcut such as `['Mod', 'K']`. */
export function Shortcut({ keys }: { readonly keys: readonly string[] }): ReactNode {
  return (
    <span className={classes.keys}>
      {keys.map((key) => (
        <kbd key={key} className={classes.key}>
          {keyName(key)}
        </kbd>
      ))}
    </span>
  );
}
