/** Start of the local day that a moment belongs to, in milliseconds since the epoch. */
export function localDayStart(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Start of the local hour that a moment belongs to, in milliseconds since the epoch. */
export function localHourStart(at: number): number {
  return new Date(at).setMinutes(0, 0, 0);
}

/** Start of the local day after the one that a moment belongs to. */
export function nextLocalDayStart(at: number): number {
  const day = new Date(localDayStart(at));
  return day.setDate(day.getDate() + 1);
}

/** The local date of a moment, YYYY-MM-DD. */
export function localDate(at: number): string {
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
