import type { Settings } from '#shared/model/settings.ts';

const attribute = 'data-mantine-color-scheme';
const rememberedAs = 'mantine-color-scheme-value';

/** Sets a window without Mantine to the person's colour scheme; `system` leaves the choice to the desktop. */
export function applyColorScheme(theme: Settings['theme']): void {
  if (theme === 'system') document.documentElement.removeAttribute(attribute);
  else document.documentElement.setAttribute(attribute, theme);
}

/** Sets the scheme the dashboard remembered, so that the first paint has the right colours. */
export function applyLastColorScheme(): void {
  const last = localStorage.getItem(rememberedAs);
  applyColorScheme(last === 'light' || last === 'dark' ? last : 'system');
}
